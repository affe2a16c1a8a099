import type { ProcessContext, Server } from './managed-process.js';
import { startServer } from './managed-process.js';
import type { InfrastructurePorts } from './ports.js';
import { answersOk } from './readiness.js';
import type { DaprIdentity } from './sentry.js';

export interface PlacementOptions {
  readonly program: string;
  readonly ports: InfrastructurePorts;
  readonly cwd: string;
  readonly logFile: string;
  /** For mTLS. */
  readonly identity?: DaprIdentity | undefined;
  readonly context: ProcessContext;
}

/** Dapr's placement service, which says where an actor lives. `dapr run` starts none. */
export async function startPlacement(options: PlacementOptions): Promise<Server> {
  const { program, ports, cwd, logFile, identity } = options;
  const flags = {
    port: ports.placement,
    'listen-address': '127.0.0.1',
    'healthz-port': ports.placementHealth,
    'healthz-listen-address': '127.0.0.1',
    'metrics-port': ports.placementMetrics,
    'metrics-listen-address': '127.0.0.1',
    'initial-cluster': `dapr-placement-0=127.0.0.1:${ports.placementRaft}`,
  };
  const given = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const args = [...given, ...(identity?.flags ?? [])];
  const env = { ...process.env, ...identity?.env };
  const check = answersOk('placement', `http://127.0.0.1:${ports.placementHealth}/healthz`);
  return startServer({ name: 'placement', command: program, args, env, cwd, logFile }, options.context, check.fault);
}
