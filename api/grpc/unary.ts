import { Metadata, type sendUnaryData, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { traceIdOf } from '../../observability/spans.js';
import { ok, type Result } from '../errors.js';
import type { Input } from './inputs.js';
import { bytesAsTheyAre, makeCall, orInternal, type Rpc } from './rpc.js';
import { inServerSpan } from './span.js';
import { statusOf } from './status.js';

/** What a call answers, and the metadata that goes along. */
export interface Reply<A> {
  readonly message: A;
  readonly metadata?: Readonly<Record<string, string>>;
}

type Call = ServerUnaryCall<Buffer, Buffer>;

/** How a call ended that grpc-js has ended itself. */
const endedEarly = (call: Call): status =>
  Number(call.getDeadline()) <= Date.now() ? status.DEADLINE_EXCEEDED : status.CANCELLED;

/**
 * A row with one message each way.
 *
 * @param definition the call's part of the generated service
 * @param input reads its request
 * @param reply makes the message of the value that the work answers
 */
export const unary = <T, A>(
  { path, responseSerialize }: { readonly path: string; readonly responseSerialize: (message: A) => Buffer },
  input: Input,
  reply: (value: T) => Reply<A>,
): Rpc<T> => ({
  path,
  mount: (server, row, { gate, onAnswer, log }) => {
    const attempt = async (call: Call, metadata: Metadata): Promise<Result<Reply<Buffer>>> => {
      const result = await makeCall(call, metadata, row, input, gate);
      if (!result.ok) return result;
      const { message, metadata: more = {} } = reply(result.value);
      return ok({ message: responseSerialize(message), metadata: more });
    };

    const answer = async (call: Call, callback: sendUnaryData<Buffer>): Promise<status> => {
      const metadata = new Metadata();
      const traceId = traceIdOf();
      if (traceId !== undefined) metadata.set('x-trace-id', traceId);
      const result = await orInternal(path, log, () => attempt(call, metadata));
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
      bytesAsTheyAre,
      bytesAsTheyAre,
      'unary',
    );
  },
});
