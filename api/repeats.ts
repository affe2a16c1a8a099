import type { BulkRequests, Claim } from '../actors/bulk-requests.js';
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
  /**
   * Does it, and keeps the key in the statement that does it. A refusal does not use up the key; what another call with the
   * same key has done is refused too.
   *
   * @param claim the key; undefined: the caller gave none
   */
  readonly act: (claim: Claim | undefined) => Promise<Result<T>>;
  /** What the call is about, as it is now. */
  readonly present: () => Promise<Result<T>>;
}

const reused = fail(problemOf({ code: 'idempotency_key_reused' }));

/** Runs a call once for its key. */
export type Once = <T>(call: KeyedCall<T>) => Promise<Result<Acted<T>>>;

/**
 * Runs a call once per idempotency key: its repeat returns what the call is about as it is now. Of two that run at the same
 * time, at whatever replicas, one keeps the key; the other counts as the repeat.
 */
export const createOnce =
  (requests: Pick<BulkRequests, 'find'>): Once =>
  async ({ context, of, act, present }) => {
    const claim =
      context.idempotencyKey === undefined ? undefined : { commandId: commandIdOf(context), requestHash: hashOf(of) };
    /** The answer of a call that was made before; undefined: it was not. */
    const repeat = async () => {
      const known = claim === undefined ? undefined : await requests.find(claim.commandId);
      if (known === undefined) return undefined;
      if (known !== claim?.requestHash) return reused;
      const now = await present();
      return now.ok ? ok({ value: now.value, replayed: true }) : now;
    };
    const before = await repeat();
    if (before !== undefined) return before;
    const result = await act(claim);
    if (result.ok) return ok({ value: result.value, replayed: false });
    return (await repeat()) ?? result;
  };
