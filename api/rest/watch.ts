import { once } from 'node:events';
import type { Response } from 'express';
import type { Watch } from '../watch.js';
import type { WatchAll } from '../watch-all.js';
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

const stream = async (response: Response, { chunks, position, end }: WatchAll): Promise<void> => {
  const ended = new AbortController();
  const over = (): void => {
    ended.abort();
    end();
  };
  response.once('close', over);
  if (response.destroyed) {
    over();
    return;
  }
  response.writeHead(200, headers);
  response.write('retry: 1000\n\n');
  const beat = setInterval(() => {
    if (response.writableNeedDrain) return;
    // An id without data is no message, but clients keep it: they go on from there.
    const id = position();
    response.write(id === undefined ? ': still here\n\n' : `: still here\nid: ${id}\n\n`);
  }, beatMs);
  try {
    for await (const chunk of chunks) if (!response.write(chunk)) await taken(response, ended.signal);
    response.end();
  } catch {
    // The client is gone or too slow, or storage is away: whatever it was, the client goes on with Last-Event-ID.
    response.destroy();
  } finally {
    clearInterval(beat);
    end();
  }
};

async function* chunksOf({ versions }: Watch): AsyncGenerator<string> {
  for await (const { version, document } of versions) yield `id: ${version}\ndata: {"order":${document}}\n\n`;
}

/** Each change as a Server-Sent Event (WHATWG HTML); a comment every 15 seconds keeps the connection. */
export const sendWatchAll: Send<WatchAll> = (response, watch, request) => {
  if (request.method === 'HEAD') {
    watch.end();
    response.writeHead(200, headers).end();
    return;
  }
  void stream(response, watch);
};

/** Each version of one order in the same way, `id` its version. */
export const sendWatch: Send<Watch> = (response, watch, request) => {
  sendWatchAll(response, { chunks: chunksOf(watch), position: () => undefined, end: watch.end }, request);
};
