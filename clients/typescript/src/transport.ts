import type { Problem } from './api.js';
import { NoAnswerError, OrderServiceError } from './errors.js';

/** How a client reaches the service. */
export interface ClientOptions {
  /** `https://orders.example.com`, or a Dapr sidecar: `http://127.0.0.1:3500/v1.0/invoke/order-service/method`. */
  readonly baseUrl: string;
  /** The caller's token; a function is asked before every try. Not needed through a sidecar. */
  readonly token?: string | (() => string | Promise<string>);
  /** Sent with every request, such as `dapr-api-token`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Time for one try; 10 s by default. */
  readonly timeoutMs?: number;
  /** Further tries after the first; 4 by default. */
  readonly retries?: number;
  /** Pause before the first further try, doubled for each more; 200 ms by default. `Retry-After` goes before it. */
  readonly pauseMs?: number;
  readonly fetch?: typeof globalThis.fetch;
}

/** What one call may add. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Of a changing call: made where none is given, and the same in every try. */
  readonly idempotencyKey?: string;
  /** Of a changing call: the version that the order must have. */
  readonly ifMatch?: number;
  /** Of a changing call: says what would happen, and changes nothing. */
  readonly dryRun?: boolean;
}

/** A request before it has a key and a token. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly query?: object | undefined;
  readonly body?: object;
}

/** An answer with what its headers tell. */
export interface Answer<T> {
  readonly body: T;
  readonly replayed: boolean;
}

const mayRetry = (status: number): boolean => status === 429 || status === 502 || status === 503 || status === 504;

const searchOf = (query: object | undefined): string => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined && one !== null) search.append(name, String(one));
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
};

const sleep = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });

const problemOf = (status: number, text: string): Problem => {
  try {
    const read = JSON.parse(text) as Partial<Problem>;
    if (typeof read.code === 'string') return read as Problem;
  } catch {
    // Not the service's: a proxy's or a sidecar's.
  }
  return { type: 'about:blank', title: `HTTP ${status}`, status, code: 'unavailable' } as Problem;
};

/** Sends requests: each try has its own time limit, all of them have one idempotency key. */
export const createTransport = (options: ClientOptions) => {
  const { timeoutMs = 10_000, retries = 4, pauseMs = 200 } = options;
  const send = options.fetch ?? globalThis.fetch;
  const base = options.baseUrl.replace(/\/+$/, '');

  const headersOf = async ({ method }: Request, call: CallOptions, key: string): Promise<Record<string, string>> => {
    const token = typeof options.token === 'function' ? await options.token() : options.token;
    return {
      accept: 'application/json',
      ...options.headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(method === 'GET' ? {} : { 'content-type': 'application/json', 'idempotency-key': key }),
      ...(call.ifMatch === undefined ? {} : { 'if-match': `"${call.ifMatch}"` }),
    };
  };

  /** Undefined: no answer of the service, try again. */
  const attempt = async <T>(request: Request, call: CallOptions, key: string) => {
    const limit = AbortSignal.timeout(timeoutMs);
    const query = call.dryRun === true ? { ...request.query, dry_run: true } : request.query;
    const response = await send(`${base}${request.path}${searchOf(query)}`, {
      method: request.method,
      headers: await headersOf(request, call, key),
      signal: call.signal === undefined ? limit : AbortSignal.any([call.signal, limit]),
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    const text = await response.text();
    const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
    const pause = Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined;
    // A sidecar that lost its app may answer 200 with nothing in it: that is no answer.
    if (response.ok && text === '') return { pause, fault: new NoAnswerError('an empty answer') };
    if (response.ok) {
      const replayed = response.headers.get('idempotent-replayed') === 'true';
      return { answer: { body: JSON.parse(text) as T, replayed } satisfies Answer<T> };
    }
    const fault = new OrderServiceError(response.status, problemOf(response.status, text));
    if (!mayRetry(response.status)) throw fault;
    return { pause, fault };
  };

  return async <T>(request: Request, call: CallOptions = {}): Promise<Answer<T>> => {
    const key = call.idempotencyKey ?? globalThis.crypto.randomUUID();
    for (let tried = 0; ; tried += 1) {
      let pause: number | undefined;
      let fault: Error;
      try {
        const outcome = await attempt<T>(request, call, key);
        if (outcome.answer !== undefined) return outcome.answer;
        ({ pause, fault } = outcome);
      } catch (error) {
        call.signal?.throwIfAborted();
        if (error instanceof OrderServiceError) throw error;
        fault = new NoAnswerError(error instanceof Error ? error.message : String(error), { cause: error });
      }
      if (tried >= retries) throw fault;
      await sleep(pause ?? pauseMs * 2 ** tried * (0.5 + Math.random()), call.signal);
    }
  };
};
