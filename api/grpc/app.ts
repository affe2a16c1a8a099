import { Server } from '@grpc/grpc-js';
import type { AnalyticsOperations } from '../analytics-operations.js';
import type { AuditOperations } from '../audit-operations.js';
import type { DeskOperations } from '../desk-operations.js';
import type { Operations } from '../operations.js';
import type { StaffOperations } from '../staff-operations.js';
import { callsByRpc } from '../table/table.js';
import { createGate, type GateDeps } from './gate.js';
import { type Health, mountHealth } from './health.js';
import { orderMethods } from './orders.js';
import { mountReflection } from './reflection.js';
import { serveWatch } from './watch.js';
import { staffMethods } from './staff.js';
import { createStreams, type Streams } from './streams.js';
import { serveUnary } from './unary.js';

/** What the gRPC gateway depends on. */
export interface GrpcDeps extends GateDeps {
  readonly operations: Operations;
  readonly staff: StaffOperations;
  readonly audit: AuditOperations;
  readonly desk: DeskOperations;
  readonly analytics: AnalyticsOperations;
  /** Throws while orders cannot be changed here. */
  readonly ready: () => Promise<void>;
  /** The project's root. */
  readonly root: string;
}

/** The gRPC gateway before it listens. */
export interface GrpcApp {
  readonly server: Server;
  readonly health: Health;
  readonly streams: Streams;
}

const mebibyte = 1_048_576;

/** `order.v1.OrderService` and `order.v1.OrderStaffService` with health and reflection. */
export const createGrpcApp = ({
  operations,
  staff,
  audit,
  desk,
  analytics,
  ready,
  root,
  ...deps
}: GrpcDeps): GrpcApp => {
  const streams = createStreams();
  const gate = createGate(callsByRpc, deps);
  const server = new Server({
    // Calls that are not let in have their time limits too.
    interceptors: [streams.interceptor, gate.interceptor],
    // Beyond 1 MiB our own answer says why; this is the wall behind it.
    'grpc.max_receive_message_length': 4 * mebibyte,
    'grpc.max_concurrent_streams': 256,
    // A peer that is gone, or has nothing to ask, does not hold a connection; an old one moves on, to new replicas too.
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.max_connection_idle_ms': 300_000,
    'grpc.max_connection_age_ms': 1_800_000,
    'grpc.max_connection_age_grace_ms': 30_000,
    'grpc.enable_channelz': 0,
  });
  const methods = [
    ...Object.values(orderMethods(operations, audit, desk)),
    ...Object.values(staffMethods(staff, audit, desk, analytics)),
  ];
  const around = { gate, onAnswer: deps.onAnswer, log: deps.log };
  for (const method of methods) serveUnary(server, method, around);
  serveWatch(server, audit, around);
  const health = mountHealth(server, ready);
  mountReflection(server, root);
  return { server, health, streams };
};
