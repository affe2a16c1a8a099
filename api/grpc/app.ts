import { Server } from '@grpc/grpc-js';
import type { Handlers } from '../table/operation.js';
import { callsByRpc, mountRpcs } from '../table/table.js';
import { createGate, type GateDeps } from './gate.js';
import { type Health, mountHealth } from './health.js';
import { mountReflection } from './reflection.js';
import { createStreams, type Streams } from './streams.js';

/** What the gRPC gateway depends on. */
export interface GrpcDeps extends GateDeps, Handlers {
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
export const createGrpcApp = (deps: GrpcDeps): GrpcApp => {
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
  mountRpcs(server, deps, { gate, onAnswer: deps.onAnswer, log: deps.log });
  const health = mountHealth(server, deps.ready);
  mountReflection(server, deps.root);
  return { server, health, streams };
};
