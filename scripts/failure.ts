import { types } from 'node:util';
/**
 * A fault the person at the keyboard can do something about. Its message is one or more plain sentences that say what
 * is wrong and what to do; it is shown without a stack trace.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** What to print for an unknown thrown value: the sentence of a {@link Failure}, the whole stack of anything else. */
export function describeError(error: unknown): string {
  if (error instanceof Failure) return error.message;
  if (types.isNativeError(error)) return error.stack ?? error.message;
  return String(error);
}
