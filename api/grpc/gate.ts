import {
  Metadata,
  ResponderBuilder,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  ServerListenerBuilder,
  status,
} from '@grpc/grpc-js';
import type { Logger } from 'pino';
import type { Caller } from '../../actors/rules/order-parts.js';
import { type Call, roleRefusal } from '../caller.js';
import { fail, ok, type Problem, type Result } from '../errors.js';
import { callerByToken } from '../headers.js';
import { countRequest, type RateLimits } from '../limits.js';
import { traceIdOf } from '../../observability/spans.js';
import type { Tokens } from '../tokens.js';
import { headersOf } from './context.js';
import { inServerSpan } from './span.js';
import { statusOf } from './status.js';

/** What lets calls in. */
export interface GateDeps {
  readonly tokens: Tokens;
  readonly limits: RateLimits;
  /** Called with how each call was answered: `ok`, a code of the error table, or `client_gone`. */
  readonly onAnswer: (gateway: string, code: string) => void;
  readonly log: Logger;
}

/** A call that was let in. */
export interface Admitted {
  readonly caller: Caller;
  /** What every answer to it says of the caller's limit. */
  readonly limit: Metadata;
}

/** The door of the gateway. */
export interface Gate {
  readonly interceptor: ServerInterceptor;
  /** Of a call that is being served, by the metadata that it came with. */
  admitted(metadata: Metadata): Admitted;
}

/**
 * Decides by its metadata alone whether a call is let in: caller, rate limit, role, in the order of the REST middleware. Only
 * then is its message read.
 *
 * @param callsByRpc the permission that each call needs; others, such as health, are for everybody
 */
export const createGate = (
  callsByRpc: ReadonlyMap<string, Call>,
  { tokens, limits, onAnswer, log }: GateDeps,
): Gate => {
  const known = new WeakMap<Metadata, Admitted>();

  const admit = async (call: Call, metadata: Metadata, limit: Metadata): Promise<Result<Admitted>> => {
    const caller = await callerByToken(tokens, headersOf(metadata));
    if (!caller.ok) return caller;
    const beyond = await countRequest(limits, caller.value, (name, value) => {
      limit.set(name, value);
    });
    if (beyond !== undefined) return fail(beyond);
    const refused = roleRefusal(caller.value, call);
    return refused === undefined ? ok({ caller: caller.value, limit }) : fail(refused);
  };

  const refuse = (
    path: string,
    metadata: Metadata,
    problem: Problem,
    limit: Metadata,
    call: ServerInterceptingCallInterface,
    isGone: boolean,
  ): void => {
    void inServerSpan(path, metadata, () => {
      onAnswer('grpc', isGone ? 'client_gone' : problem.code);
      const traceId = traceIdOf();
      if (traceId !== undefined) limit.set('x-trace-id', traceId);
      const answer = statusOf(problem, limit);
      call.sendStatus(answer);
      return Promise.resolve(isGone ? status.CANCELLED : answer.code);
    });
  };

  const interceptor: ServerInterceptor = ({ path }, call) => {
    const needed = callsByRpc.get(path);
    if (needed === undefined) return new ServerInterceptingCall(call);
    let isGone = false;
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        const limit = new Metadata();
        admit(needed, metadata, limit)
          .catch((error: unknown): Result<Admitted> => {
            log.error({ err: error, method: path }, 'a call failed');
            return fail({ code: 'internal' });
          })
          .then((admitted) => {
            if (!admitted.ok) {
              refuse(path, metadata, admitted.problem, limit, call, isGone);
              return;
            }
            known.set(metadata, admitted.value);
            next(metadata);
          })
          .catch((error: unknown) => {
            log.error({ err: error, method: path }, 'a call failed');
          });
      })
      .withOnCancel(() => {
        isGone = true;
      })
      .build();
    const responder = new ResponderBuilder()
      .withStart((next) => {
        next(listener);
      })
      .build();
    return new ServerInterceptingCall(call, responder);
  };

  return {
    interceptor,
    admitted: (metadata) => {
      const admitted = known.get(metadata);
      if (admitted === undefined) throw new Error('a call was served before it was authorized');
      return admitted;
    },
  };
};
