import type { Server } from '@grpc/grpc-js';
import type { RequestHandler } from 'express';
import type { Channel } from '../../actors/command-envelope.js';
import type { AnalyticsOperations } from '../analytics-operations.js';
import type { AuditOperations } from '../audit-operations.js';
import type { Work } from '../call-input.js';
import type { Call } from '../caller.js';
import type { DeskOperations } from '../desk-operations.js';
import type { ErrorCode } from '../errors.js';
import type { Observe } from '../observed.js';
import type { Operations } from '../operations.js';
import type { StaffOperations } from '../staff-operations.js';
import type { Around, Rpc } from '../grpc/rpc.js';
import { answering, type Send } from '../rest/handle.js';
import type { AnswerName, QueryName, RequestName } from '../openapi/components.js';
import type { Method } from '../openapi/types.js';

/** Response headers, by their names in `components`. */
export type HeaderName =
  | 'ETag'
  | 'Location'
  | 'Idempotent-Replayed'
  | 'Retry-After'
  | 'RateLimit'
  | 'RateLimit-Policy'
  | 'X-Trace-Id'
  | 'Allow'
  | 'WWW-Authenticate'
  | 'Cache-Control'
  | 'Content-Disposition'
  | 'Search-As-Of';

/** Parameters besides the body, by their names in components. */
export type ParameterName =
  | 'OrderRef'
  | 'OrderId'
  | 'EffectKey'
  | 'DeadLetterId'
  | 'ProblemCode'
  | 'Idempotency-Key'
  | 'If-Match'
  | 'If-None-Match'
  | 'Last-Event-ID'
  | 'dry_run';

/** A successful response. */
export interface Answer {
  readonly description: string;
  /** Absent: no body. */
  readonly schema?: AnswerName;
  /** Where the body is not only JSON. */
  readonly mediaTypes?: readonly string[];
  readonly headers?: readonly HeaderName[];
}

/** One operation as the OpenAPI document describes it. */
export interface OperationSpec {
  readonly path: string;
  readonly method: Method;
  readonly id: string;
  /** Its name in metrics and logs; absent: the id, in snake case. */
  readonly observedAs?: string;
  readonly tag: 'Orders' | 'Changes' | 'Histories' | 'Desk' | 'Staff' | 'Analytics' | 'Health' | 'Documentation';
  readonly summary: string;
  readonly description: string;
  /** The permission that the caller needs; absent: public, no token needed. */
  readonly call?: Call;
  /** Where the same call is over gRPC: `/order.v1.OrderService/CreateOrder` and the like. */
  readonly rpc?: { readonly path: string } | undefined;
  readonly parameters?: readonly ParameterName[];
  readonly query?: QueryName;
  readonly body?: RequestName;
  /** Services and staff may send a body of up to 1 MiB; others, and other calls, 64 KiB. */
  readonly longBody?: boolean;
  /** About many orders, which takes longer: gRPC gives other calls ten seconds. */
  readonly extent?: 'many';
  /** An absent body counts as an empty one. */
  readonly bodyOptional?: true;
  readonly answers: Readonly<Record<number, Answer>>;
  /** In addition to those that any authenticated call may return. */
  readonly problems?: readonly ErrorCode[];
}

/** The prefix of every route below. */
export const base = '/api/v1/orders';

/** The handlers behind the rows, and what a gateway puts around each of their calls. */
export interface Handlers {
  readonly observe: Observe;
  readonly operations: Operations;
  readonly staff: StaffOperations;
  readonly audit: AuditOperations;
  readonly desk: DeskOperations;
  readonly analytics: AnalyticsOperations;
}

/** One row of the table: what the OpenAPI document says about a call, and how REST and gRPC serve it. */
export interface Operation extends OperationSpec {
  readonly call: Call;
  readonly observedAs: string;
  readonly serve: (handlers: Handlers, channel: Channel) => RequestHandler;
  readonly rpc: RpcOperation | undefined;
}

/** How a row is served over gRPC. */
export interface RpcOperation {
  readonly path: string;
  readonly mount: (server: Server, handlers: Handlers, around: Around) => void;
}

/** A name in snake case. */
export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * Makes a row. REST routes, gRPC methods and the OpenAPI document are all derived from it, so they cannot differ.
 *
 * @param work calls the operation
 * @param send writes its value as the response of REST; problems are sent by the table
 * @param rpc the messages of the same call over gRPC
 */
export const operation = <T>(
  spec: Omit<OperationSpec, 'rpc'> & Pick<Operation, 'call'>,
  work: (handlers: Handlers) => Work<T>,
  send: Send<T>,
  rpc?: Rpc<T>,
): Operation => {
  const { path, id, observedAs = snake(id), parameters = [], query, body, longBody, extent = 'one' } = spec;
  const canDryRun = parameters.includes('dry_run');
  const takes = {
    path: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name),
    dryRun: canDryRun,
    input: body === undefined ? (query === undefined ? undefined : 'query') : 'body',
  } as const;
  const limits = { size: longBody === true ? 'long' : 'usual', canDryRun, extent } as const;
  const observed = (handlers: Handlers): Work<T> => handlers.observe(observedAs, work(handlers));
  return {
    ...spec,
    observedAs,
    serve: (handlers, channel) => answering(channel, takes, observed(handlers), send),
    rpc: rpc && {
      path: rpc.path,
      mount: (server, handlers, around) => {
        rpc.mount(server, { ...limits, work: observed(handlers) }, around);
      },
    },
  };
};

/** The headers of every call that changes one order. */
export const changeHeaders = ['Idempotency-Key', 'If-Match'] as const;

/** The parameters of every call that changes one order, beside the order. */
export const changeParameters = [...changeHeaders, 'dry_run'] as const;

/** The answer of every call that changes one order. */
export const changed: Answer = {
  description: 'The order as it is now; for a dry run, what the call would do.',
  schema: 'ChangeAnswer',
  headers: ['ETag', 'Idempotent-Replayed'],
};

/** The problems of every call that changes one order. */
export const changeProblems = ['order_not_found', 'version_conflict', 'idempotency_key_reused', 'order_busy'] as const;
