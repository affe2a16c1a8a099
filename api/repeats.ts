import type { BulkRequests } from '../actors/bulk-requests.js';
import { type CallContext, commandIdOf, hashOf } from './commands.js';
import { fail, ok, problemOf, type Result } from './errors.js';

/** What a call on something other than an order returned, and whether it is a repeat that did nothing. */
export interface Acted<T> {
  readonly value: T;
  readonly replayed: boolean;
}

/** One call, as its key stands for it. */
export interface KeyedCall<T> {
  readonly context: CallContext;
  /** The call with its input: what the key stands for. */
  readonly of: object;
  /** Does it; a refusal does not use up the key. */
  readonly act: () => Promise<Result<T>>;
  /** What the call is about, as it is now. */
  readonly present: () => Promise<Result<T>>;
}

const reused = fail(problemOf({ code: 'idempotency_key_reused' }));

/** Runs a call once for its key. */
export type Once = <T>(call: KeyedCall<T>) => Promise<Result<Acted<T>>>;

/**
 * Runs a call once per idempotency key: its repeat returns what the call is about as it is now. Of two that run at the same
 * time the second may be refused by what the first has done; it then counts as the repeat.
 */
export const createOnce =
  (requests: BulkRequests): Once =>
  async ({ context, of, act, present }) => {
    const once = async () => {
      const result = await act();
      return result.ok ? ok({ value: result.value, replayed: false }) : result;
    };
    if (context.idempotencyKey === undefined) return once();
    const [id, hash] = [commandIdOf(context), hashOf(of)];
    const repeat = async (known: string) => {
      if (known !== hash) return reused;
      const value = await present();
      return value.ok ? ok({ value: value.value, replayed: true }) : value;
    };
    const known = await requests.find(id);
    if (known !== undefined) return repeat(known);
    const result = await once();
    if (result.ok) return (await requests.keep(id, hash)) === hash ? result : reused;
    const since = await requests.find(id);
    return since === undefined ? result : repeat(since);
  };
