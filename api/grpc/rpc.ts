import type { Metadata, Server, ServerUnaryCall } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import type { Work } from '../call-input.js';
import { fail, type Result } from '../errors.js';
import { callContext } from '../headers.js';
import { type BodySize, sizeFor } from '../limits.js';
import { type Extent, headersOf, timeLeft } from './context.js';
import type { Gate, GateDeps } from './gate.js';
import type { Input } from './inputs.js';

/** What stands around every call. */
export interface Around extends Pick<GateDeps, 'onAnswer' | 'log'> {
  readonly gate: Gate;
}

/** What a row of the table says of a call, beside its messages. */
export interface RpcRow<T> {
  readonly work: Work<T>;
  /** How long its message may be. */
  readonly size: BodySize;
  /** Whether it takes the metadata `dry-run`. */
  readonly canDryRun: boolean;
  /** How many orders it is about, and so how long it may take. */
  readonly extent: Extent;
}

/** How a row of the table is served over gRPC. */
export interface Rpc<T> {
  /** `/order.v1.OrderService/CreateOrder` and the like. */
  readonly path: string;
  readonly mount: (server: Server, row: RpcRow<T>, around: Around) => void;
}

/** A call with one message of the client, as far as making it needs. */
type Call = Pick<ServerUnaryCall<Buffer, unknown>, 'metadata' | 'request' | 'getDeadline'>;

/** grpc-js hands the bytes through: what cannot be read becomes INVALID_ARGUMENT, where it would say INTERNAL. */
export const bytesAsTheyAre = (bytes: Buffer): Buffer => bytes;

/**
 * Makes a call that the gate has let in: metadata, message, work, in the order of the REST middleware.
 *
 * @param metadata of the answer; what is known early goes with a problem too
 */
export const makeCall = async <T>(
  call: Call,
  metadata: Metadata,
  { work, size, canDryRun, extent }: RpcRow<T>,
  input: Input,
  gate: Gate,
): Promise<Result<T>> => {
  const { caller, limit } = gate.admitted(call.metadata);
  metadata.merge(limit);
  const header = headersOf(call.metadata);
  const by = { caller, channel: 'grpc', deadlineMs: timeLeft(call.getDeadline(), Date.now(), extent) } as const;
  const dryRun = { path: 'dry-run', value: header('dry-run'), supported: canDryRun };
  const context = callContext(header, by, dryRun);
  if (!context.ok) return context;
  const asked = input(call.request, sizeFor(size, caller));
  return asked.ok ? work({ ...asked.value, header }, context.value) : asked;
};

/** What is thrown is a fault of ours: it is logged, and becomes a problem. */
export const orInternal = async <T>(
  path: string,
  log: Logger,
  attempt: () => Promise<Result<T>>,
): Promise<Result<T>> => {
  try {
    return await attempt();
  } catch (error) {
    log.error({ err: error, method: path }, 'a call failed');
    return fail({ code: 'internal' });
  }
};
