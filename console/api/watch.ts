import { send } from './client.js';

/** How fresh what is shown is. */
export type Freshness = 'connecting' | 'live' | 'polled' | 'stale' | 'paused';

/** Receives what arrives. */
export interface Watcher<T> {
  readonly onMessage: (value: T) => void;
  readonly onFreshness: (freshness: Freshness) => void;
  /** The stream begins, and tells nothing of what was before. */
  readonly onStart?: () => void;
  /** Where the call does not exist: called every few seconds; answers whether that worked. */
  readonly poll: () => Promise<boolean>;
}

const pollMs = 4_000;
/** The service sends a comment every 15 s; after three of them without a byte the connection is dead. */
const silenceMs = 45_000;
const longestPauseMs = 10_000;

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

/** Waits while the page is hidden: in another tab, or behind a lock screen. */
const untilVisible = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener('visibilitychange', look);
      signal.removeEventListener('abort', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
    signal.addEventListener('abort', look);
    look();
  });

interface Message {
  id: string | undefined;
  data: string;
}

const parseMessage = (text: string): Message => {
  const message: Message = { id: undefined, data: '' };
  for (const line of text.split('\n')) {
    if (line.startsWith('id:')) message.id = line.slice(3).trim();
    if (line.startsWith('data:')) message.data += line.slice(5);
  }
  return message;
};

/** Reads one connection until it ends. */
const read = async (response: Response, cancel: () => void, take: (message: Message) => void): Promise<void> => {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  let rest = '';
  for (;;) {
    const timer = setTimeout(cancel, silenceMs);
    const { done, value } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    const parts = (rest + value).replaceAll('\r\n', '\n').split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const message = parseMessage(part);
      if (message.data !== '' || message.id !== undefined) take(message);
    }
  }
};

/**
 * Follows server-sent events, resuming after the last one. A page that is hidden holds no connection: browsers have six
 * for all tabs of a server, and nobody sees what arrives. Not EventSource: that cannot send the token, and the token
 * belongs in no address.
 */
export const watch = <T>(path: string, { onMessage, onFreshness, onStart, poll }: Watcher<T>): (() => void) => {
  const ended = new AbortController();
  const isEnded = (): boolean => ended.signal.aborted;
  let last: string | undefined;

  const connect = async (): Promise<'ended' | 'missing' | 'failed' | 'unknown_position'> => {
    const connection = new AbortController();
    const abort = (): void => connection.abort();
    const abortIfHidden = (): void => {
      if (document.hidden) abort();
    };
    ended.signal.addEventListener('abort', abort);
    document.addEventListener('visibilitychange', abortIfHidden);
    try {
      const headers = { Accept: 'text/event-stream', ...(last === undefined ? {} : { 'Last-Event-ID': last }) };
      const response = await send(path, { headers, signal: connection.signal });
      if (response.status === 404 || response.status === 405) return 'missing';
      if (response.status === 400) return last === undefined ? 'missing' : 'unknown_position';
      const isStream = response.headers.get('Content-Type')?.startsWith('text/event-stream') === true;
      if (!response.ok || !isStream) return 'failed';
      onFreshness('live');
      if (last === undefined) onStart?.();
      await read(response, abort, ({ id, data }) => {
        if (id !== undefined) last = id;
        if (data !== '') onMessage(JSON.parse(data) as T);
      });
      return 'ended';
    } catch {
      return 'failed';
    } finally {
      ended.signal.removeEventListener('abort', abort);
      document.removeEventListener('visibilitychange', abortIfHidden);
    }
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!isEnded()) {
      if (document.hidden) {
        onFreshness('paused');
        await untilVisible(ended.signal);
        if (isEnded()) return;
        onFreshness('connecting');
        failures = 0;
      }
      const outcome = await connect();
      if (isEnded()) return;
      if (document.hidden) continue;
      if (outcome === 'missing') {
        onFreshness((await poll()) ? 'polled' : 'stale');
        await pause(pollMs, ended.signal);
        continue;
      }
      if (outcome === 'unknown_position') last = undefined;
      failures = outcome === 'ended' ? 0 : failures + 1;
      if (failures > 0) onFreshness('stale');
      await pause(failures === 0 ? 300 : Math.min(longestPauseMs, 500 * 2 ** failures), ended.signal);
    }
  };
  void run();
  return () => ended.abort();
};
