import type { Kafka } from './kafka.js';
import type { ProcessHandle, Server } from './managed-process.js';
import type { RedisAddress } from './redis.js';
import type { Secrets } from './secrets.js';

/** What a stack is to be like; everything has a default. */
export interface StackOptions {
  /** Its data folder. Default: a temporary one that is removed with the stack. */
  readonly dataDir?: string;
  /** Added to every port of the table. Default: an offset whose ports are all free and that no other stack takes. */
  readonly portOffset?: number;
  /** Replicas of the order service, each with its sidecar; default 2. With 0, and no sandbox, only the parts below run. */
  readonly replicas?: number;
  /** Another program in place of the service, in each replica: path of its main module. Its sidecars stay the same. */
  readonly program?: string;
  /** Whether the sandbox (checkout-service) runs; default true. */
  readonly sandbox?: boolean;
  /** More environment for the apps and sidecars: ORDER_SANDBOX_STEP_MS and the like. */
  readonly env?: Readonly<Record<string, string>>;
  /** Use this database in place of a Postgres of its own. */
  readonly databaseDsn?: string;
  /** Use this Redis in place of one of its own. */
  readonly redis?: RedisAddress;
  /** The broker of events; default `redis`, which runs anyway. */
  readonly broker?: 'redis' | 'kafka';
  /** Called about slow steps and processes that ended unexpectedly; by default nothing is called. */
  log?(line: string): void;
}

/** Where one replica of the order service is. */
export interface ReplicaAddress {
  /** 1, 2, … */
  readonly number: number;
  /** Base of the REST gateway, without a path: http://127.0.0.1:8004 */
  readonly rest: string;
  /** host:port of the gRPC gateway. */
  readonly grpc: string;
  /** The whole URL of the metrics page. */
  readonly metrics: string;
  /** Base of the private port for Dapr callbacks. */
  readonly callback: string;
  /** Base of its sidecar's HTTP API. */
  readonly dapr: string;
}

/** Where the sandbox is. */
export interface SandboxAddress {
  /** Base URL of the sandbox itself. */
  readonly url: string;
  /** Base of its sidecar's HTTP API. */
  readonly dapr: string;
}

/** Everything a test process needs to know of a stack; plain JSON. */
export interface StackDescription {
  readonly dataDir: string;
  readonly logsDir: string;
  readonly portOffset: number;
  readonly databaseDsn: string;
  readonly redis: { readonly address: string; readonly password?: string | undefined };
  readonly secrets: Pick<Secrets, 'orderSecret' | 'appApiToken' | 'daprApiToken'>;
  readonly replicas: readonly ReplicaAddress[];
  /** Absent when it does not run. */
  readonly sandbox?: SandboxAddress | undefined;
  readonly jwt: { readonly issuer: string; readonly audience: string; readonly jwksUrl: string };
  /** What the apps and sidecars of this stack were started with, besides ports: for scripts run against it. */
  readonly env: Readonly<Record<string, string>>;
}

/** An app and the sidecar beside it, as processes to hit. */
export interface AppHandles {
  readonly app: ProcessHandle;
  readonly sidecar: ProcessHandle;
  /** Waits until it serves again. @throws Failure after `timeoutMs` (default two minutes) */
  ready(timeoutMs?: number): Promise<void>;
}

/** A replica of the order service. */
export type Replica = ReplicaAddress & AppHandles;
/** The sandbox. */
export type Sandbox = SandboxAddress & AppHandles;

/** A running stack with handles on each of its processes. */
export interface Stack extends Omit<StackDescription, 'replicas' | 'sandbox'> {
  readonly replicas: readonly Replica[];
  readonly sandbox: Sandbox | undefined;
  /** Undefined where it is not started here. */
  readonly postgres: Server | undefined;
  readonly redisServer: Server | undefined;
  readonly placement: Server | undefined;
  /** Undefined where Redis is the broker. */
  readonly kafka: Kafka | undefined;
  /** The same as plain JSON, for other processes. */
  describe(): StackDescription;
  /** Waits until every app that runs serves. @throws Failure after `timeoutMs` (default two minutes) */
  ready(timeoutMs?: number): Promise<void>;
  /** Ends everything and leaves nothing behind. */
  stop(): Promise<void>;
}
