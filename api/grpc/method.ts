import type { CallContext } from '../commands.js';
import { ok, type Result } from '../errors.js';
import { type BodySize, sizeFor } from '../limits.js';
import type { Extent } from './context.js';
import { decode, type MessageType } from './decode.js';

/** What a call answers, and the metadata that goes along. */
export interface Reply<A> {
  readonly message: A;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** One call of the contract, from bytes to bytes. */
export interface Method {
  /** `/order.v1.OrderService/CreateOrder` and the like. */
  readonly path: string;
  /** Whether it takes the metadata `dry-run`. */
  readonly canDryRun: boolean;
  /** How many orders it is about, and so how long it may take. */
  readonly extent: Extent;
  run(request: Uint8Array, context: CallContext): Promise<Result<Reply<Buffer>>>;
}

/**
 * Puts reading and writing around a call. Requests are read here, not in grpc-js: by then the caller is known, and what
 * cannot be read becomes INVALID_ARGUMENT where grpc-js would say INTERNAL.
 *
 * @param definition the call's part of the generated service
 * @param request the generated type of its request
 * @param options how long its message may be, whether it takes the metadata `dry-run`, and how many orders it is about
 */
export const createMethod = <Q, A>(
  definition: { readonly path: string; readonly responseSerialize: (message: A) => Buffer },
  request: MessageType<Q>,
  work: (message: Q, context: CallContext) => Promise<Result<Reply<A>>>,
  {
    size = 'usual',
    canDryRun = false,
    extent = 'one',
  }: Partial<Pick<Method, 'canDryRun' | 'extent'>> & {
    readonly size?: BodySize;
  } = {},
): Method => ({
  path: definition.path,
  canDryRun,
  extent,
  run: async (bytes, context) => {
    const message = decode(request, bytes, sizeFor(size, context.caller));
    if (!message.ok) return message;
    const result = await work(message.value, context);
    if (!result.ok) return result;
    return ok({ ...result.value, message: definition.responseSerialize(result.value.message) });
  },
});
