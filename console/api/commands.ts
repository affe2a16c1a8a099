import { signal } from '@preact/signals';
import { call, type Result } from './client.js';
import type { Problem } from './types.js';

/** A command that was begun; kept until it is answered, so that a reload sends the same one again. */
export interface Command {
  /** Its Idempotency-Key. */
  readonly key: string;
  readonly title: string;
  readonly orderId?: string | undefined;
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly body: unknown;
  /** The version it was previewed at. */
  readonly ifMatch?: number | undefined;
}

const storageKey = 'order-desk.commands';

const kept = (): readonly Command[] => JSON.parse(sessionStorage.getItem(storageKey) ?? '[]') as readonly Command[];

/** Commands without an answer yet. */
export const pending = signal<readonly Command[]>(kept());

/** The last thing that was done, or could not be. */
export const notice = signal<{ readonly text: string; readonly isFault: boolean } | undefined>(undefined);

const keep = (commands: readonly Command[]): void => {
  sessionStorage.setItem(storageKey, JSON.stringify(commands));
  pending.value = commands;
};

const isUnanswered = ({ status, code }: Problem): boolean =>
  status === 0 || status === 429 || status >= 500 || code === 'unauthenticated';

const headersOf = ({ key, ifMatch }: Command): Record<string, string> => ({
  'Idempotency-Key': key,
  ...(ifMatch === undefined ? {} : { 'If-Match': `"${ifMatch}"` }),
});

const underWay = new Map<string, Promise<Result<unknown>>>();

const attempt = async (command: Command): Promise<Result<unknown>> => {
  const { method, path, body } = command;
  for (let tries = 1; ; tries++) {
    const result = await call<unknown>(path, { method, body, headers: headersOf(command) });
    if (!result.ok && isUnanswered(result.problem)) {
      if (result.problem.code === 'unauthenticated' || tries === 6) return result;
      await new Promise((resolve) => setTimeout(resolve, Math.min(8_000, 400 * 2 ** tries)));
      continue;
    }
    keep(pending.value.filter(({ key }) => key !== command.key));
    return result;
  }
};

/** Sends a command until it is answered. The same one twice is sent once. */
export const perform = async <T>(command: Command): Promise<Result<T>> => {
  if (!pending.value.some(({ key }) => key === command.key)) keep([...pending.value, command]);
  let running = underWay.get(command.key);
  if (running === undefined) {
    running = attempt(command).finally(() => underWay.delete(command.key));
    underWay.set(command.key, running);
  }
  return (await running) as Result<T>;
};

/** Keeps commands that are sent one after the other, so that a reload goes on with all of them. */
export const begin = (commands: readonly Command[]): void => {
  const known = new Set(pending.value.map(({ key }) => key));
  keep([...pending.value, ...commands.filter(({ key }) => !known.has(key))]);
};

/** What a bulk request came to; nothing for one order. */
const countOf = (value: unknown): string => {
  const { results } = value as { readonly results?: readonly { readonly outcome: string }[] };
  if (results === undefined) return '';
  return `, ${results.filter(({ outcome }) => outcome === 'done').length} of ${results.length}`;
};

/** Sends what an earlier page began and got no answer to. */
export const resume = async (): Promise<void> => {
  for (const command of pending.value) {
    const result = await perform(command);
    notice.value = result.ok
      ? { text: `Done: ${command.title}${countOf(result.value)}`, isFault: false }
      : { text: `${command.title}: ${result.problem.detail}`, isFault: true };
  }
};

/** A new Idempotency-Key. */
export const newKey = (): string => crypto.randomUUID();
