import { refused, token } from '../session.js';
import type { Problem } from './types.js';

const base = '/api/v1/orders';

/** What a call came to: the answer, or the problem with it. */
export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly etag: string | undefined }
  | { readonly ok: false; readonly problem: Problem };

/** A request besides its path. */
export interface Options {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const silence: Problem = {
  title: 'No answer',
  status: 0,
  detail: 'The service did not answer. Check the connection; nothing you typed is lost.',
  code: 'no_answer',
};

const isProblem = (value: unknown): value is Problem => typeof value === 'object' && value !== null && 'code' in value;

const problemOf = async (response: Response): Promise<Problem> => {
  const body: unknown = await response.json().catch(() => undefined);
  if (isProblem(body)) return body;
  return { title: response.statusText, status: response.status, detail: 'The answer was not understood.', code: 'odd' };
};

/** Sends a request with the token of the user who is signed in. */
export const send = async (path: string, options: Options = {}): Promise<Response> => {
  const { method = 'GET', body, headers, signal } = options;
  const content = body === undefined ? {} : { 'Content-Type': 'application/json' };
  return fetch(base + path, {
    method,
    cache: 'no-store',
    headers: { Authorization: `Bearer ${token.value ?? ''}`, ...content, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
};

/** Calls the API. Never throws: silence is a problem too. A token that has ended leads to the sign-in page. */
export const call = async <T>(path: string, options: Options = {}): Promise<Result<T>> => {
  let response: Response;
  try {
    response = await send(path, options);
  } catch {
    return { ok: false, problem: silence };
  }
  if (response.ok) {
    try {
      return { ok: true, value: (await response.json()) as T, etag: response.headers.get('ETag') ?? undefined };
    } catch {
      return { ok: false, problem: silence };
    }
  }
  const problem = await problemOf(response);
  if (problem.code === 'unauthenticated') refused();
  return { ok: false, problem };
};

/** A query of what is set. */
export const query = (values: Readonly<Record<string, string | readonly string[] | undefined>>): string => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    for (const one of [value].flat()) if (one !== undefined && one !== '') search.append(name, one);
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
};

/** Saves an answer as a file: the browser cannot send the token by itself. */
export const download = async (path: string, name: string): Promise<Problem | undefined> => {
  try {
    const response = await send(path);
    if (!response.ok) return await problemOf(response);
    const link = window.document.createElement('a');
    link.href = URL.createObjectURL(await response.blob());
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    return undefined;
  } catch {
    return silence;
  }
};
