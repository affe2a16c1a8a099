import { once } from 'node:events';
import type { Response } from 'express';
import type { Watch } from '../watch.js';
import type { Send } from './handle.js';

const beatMs = 15_000;
/** A client that takes nothing for so long is cut off; it may go on where it was. */
const patienceMs = 30_000;

const headers = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // For proxies that would collect what is sent.
  'X-Accel-Buffering': 'no',
};

/** Waits until the client has taken what was sent; throws when it takes too long or is gone. */
const taken = (response: Response, ended: AbortSignal): Promise<unknown> =>
  once(response, 'drain', { signal: AbortSignal.any([ended, AbortSignal.timeout(patienceMs)]) });

const stream = async (response: Response, { versions, end }: Watch): Promise<void> => {
  const ended = new AbortController();
  response.once('close', () => {
    ended.abort();
    end();
  });
  response.writeHead(200, headers);
  response.write('retry: 1000\n\n');
  const beat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': still here\n\n');
  }, beatMs);
  try {
    for await (const { version, document } of versions) {
      const text = `id: ${version}\ndata: {"order":${document}}\n\n`;
      if (!response.write(text)) await taken(response, ended.signal);
    }
    response.end();
  } catch {
    // The client is gone or too slow, or storage is away: whatever it was, the client goes on with Last-Event-ID.
    response.destroy();
  } finally {
    clearInterval(beat);
    end();
  }
};

/** Each version as a Server-Sent Event (WHATWG HTML), `id` its version; a comment every 15 seconds keeps the connection. */
export const sendWatch: Send<Watch> = (response, watch, request) => {
  if (request.method === 'HEAD') {
    watch.end();
    response.writeHead(200, headers).end();
    return;
  }
  void stream(response, watch);
};
