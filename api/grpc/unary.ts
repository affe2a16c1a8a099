import { Metadata, type sendUnaryData, type Server, type ServerUnaryCall, status } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import type { Result } from '../errors.js';
import type { RateLimits } from '../rate-limits.js';
import { traceIdOf } from '../../observability/trace-context.js';
import type { Tokens } from '../tokens.js';
import { callerByToken } from './caller.js';
import { callContext, headersOf } from './context.js';
import type { Method, Reply } from './method.js';
import { takeFromLimit } from './rate-limit.js';
import { inServerSpan } from './span.js';
import { statusOf } from './status.js';

/** What stands around every call. */
export interface UnaryDeps {
  readonly tokens: Tokens;
  readonly limits: RateLimits;
  /** Called with how each call was answered: `ok`, a code of the error table, or `client_gone`. */
  readonly onAnswer: (gateway: string, code: string) => void;
  readonly log: Logger;
}

type Call = ServerUnaryCall<Buffer, Buffer>;

const same = (bytes: Buffer): Buffer => bytes;

/** How a call ended that grpc-js has ended itself. */
const endedEarly = (call: Call): status =>
  Number(call.getDeadline()) <= Date.now() ? status.DEADLINE_EXCEEDED : status.CANCELLED;

/** Puts a call on the server: caller, rate limit, message, work, in the order of the REST middleware. */
export const serveUnary = (
  server: Server,
  { path, run, canDryRun }: Method,
  { tokens, limits, onAnswer, log }: UnaryDeps,
): void => {
  /** @param metadata of the answer; what is known early goes with a problem too */
  const attempt = async (call: Call, metadata: Metadata): Promise<Result<Reply<Buffer>>> => {
    const header = headersOf(call.metadata);
    const caller = await callerByToken(tokens, header);
    if (!caller.ok) return caller;
    const allowed = await takeFromLimit(limits, caller.value, metadata);
    if (!allowed.ok) return allowed;
    const context = callContext(caller.value, header, call.getDeadline(), canDryRun);
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
