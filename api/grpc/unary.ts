import { Metadata, type sendUnaryData, type Server, type ServerUnaryCall, status } from '@grpc/grpc-js';
import type { Result } from '../errors.js';
import { traceIdOf } from '../../observability/spans.js';
import { callContext, headersOf } from './context.js';
import type { Gate, GateDeps } from './gate.js';
import type { Method, Reply } from './method.js';
import { inServerSpan } from './span.js';
import { statusOf } from './status.js';

/** What stands around every call. */
export interface UnaryDeps extends Pick<GateDeps, 'onAnswer' | 'log'> {
  readonly gate: Gate;
}

type Call = ServerUnaryCall<Buffer, Buffer>;

const same = (bytes: Buffer): Buffer => bytes;

/** How a call ended that grpc-js has ended itself. */
const endedEarly = (call: Call): status =>
  Number(call.getDeadline()) <= Date.now() ? status.DEADLINE_EXCEEDED : status.CANCELLED;

/** Puts a call on the server, which the gate has let in: headers, message, work, in the order of the REST middleware. */
export const serveUnary = (
  server: Server,
  { path, run, canDryRun, extent }: Method,
  { gate, onAnswer, log }: UnaryDeps,
): void => {
  /** @param metadata of the answer; what is known early goes with a problem too */
  const attempt = async (call: Call, metadata: Metadata): Promise<Result<Reply<Buffer>>> => {
    const { caller, limit } = gate.admitted(call.metadata);
    metadata.merge(limit);
    const context = callContext(caller, headersOf(call.metadata), call.getDeadline(), { canDryRun, extent });
    return context.ok ? run(call.request, context.value) : context;
  };

  const orInternal = async (call: Call, metadata: Metadata): Promise<Result<Reply<Buffer>>> => {
    try {
      return await attempt(call, metadata);
    } catch (error) {
      log.error({ err: error, method: path }, 'a call failed');
      return { ok: false, problem: { code: 'internal' } };
    }
  };

  const answer = async (call: Call, callback: sendUnaryData<Buffer>): Promise<status> => {
    const metadata = new Metadata();
    const traceId = traceIdOf();
    if (traceId !== undefined) metadata.set('x-trace-id', traceId);
    const result = await orInternal(call, metadata);
    if (call.cancelled) {
      onAnswer('grpc', 'client_gone');
      return endedEarly(call);
    }
    onAnswer('grpc', result.ok ? 'ok' : result.problem.code);
    if (!result.ok) {
      const problem = statusOf(result.problem, metadata);
      callback(problem);
      return problem.code;
    }
    for (const [name, value] of Object.entries(result.value.metadata ?? {})) metadata.set(name, value);
    call.sendMetadata(metadata);
    callback(null, result.value.message);
    return status.OK;
  };

  server.register<Buffer, Buffer>(
    path,
    (call: Call, callback: sendUnaryData<Buffer>) => {
      void inServerSpan(path, call.metadata, () => answer(call, callback));
    },
    same,
    same,
    'unary',
  );
};
