import type { CallContext } from './commands.js';
import type { Result } from './errors.js';
import type { HeaderOf } from './headers.js';

/** What a call came with, alike for every gateway. */
export interface CallInput {
  /** The order or dead letter that the call is about, as the client names it; empty where it is about none. */
  readonly id: string;
  /** The effect of the order that the call is about; empty where it is about none. */
  readonly key: string;
  /** Body, query or the fields of a message, for the schema of the call to read. */
  readonly input: unknown;
  readonly header: HeaderOf;
}

/** An operation as the rows of the table call it. */
export type Work<T> = (asked: CallInput, context: CallContext) => Promise<Result<T>>;

/** An operation that is about nothing that its path names. */
export const withInput =
  <T>(operation: (input: unknown, context: CallContext) => Promise<Result<T>>): Work<T> =>
  ({ input }, context) =>
    operation(input, context);

/** An operation that needs nothing but what its path names. */
export const withId =
  <T>(operation: (id: string, context: CallContext) => Promise<Result<T>>): Work<T> =>
  ({ id }, context) =>
    operation(id, context);

/** An operation on what its path names. */
export const withIdAndInput =
  <T>(operation: (id: string, input: unknown, context: CallContext) => Promise<Result<T>>): Work<T> =>
  ({ id, input }, context) =>
    operation(id, input, context);
