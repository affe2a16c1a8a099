import type { Dispatcher } from 'undici';
import type { DependencyHealth } from '../actors/dependency-health.js';
import { hostsActors, httpProbe, lookAt } from './dependencies.js';

/** How to reach what the service stands on. */
export interface ServiceDependencies {
  readonly pool: { query(sql: string): Promise<unknown> };
  readonly redis: { ping(): Promise<unknown> };
  readonly sidecar: Dispatcher;
  /** Of the sidecar's HTTP API. */
  readonly origin: string;
  /** The other services, each by its name, with the URL of its health: the way in which it is called, too. */
  readonly services: readonly (readonly [name: string, health: { readonly origin: string; readonly path: string }])[];
}

type Look = () => Promise<readonly DependencyHealth[]>;

/**
 * Looks at everything (SPEC section 1, health), at what no request can do without (readiness), and at all but the other
 * services (metrics).
 */
export const serviceDependencies = ({
  pool,
  redis,
  sidecar,
  origin,
  services,
}: ServiceDependencies): { readonly all: Look; readonly needed: Look; readonly own: Look } => {
  const get = (path: string, good?: (body: unknown) => boolean) => httpProbe(sidecar, origin, path, good);
  const postgres = { name: 'postgres', required: true, probe: () => pool.query('select 1') };
  const actorHosting = { name: 'actor_hosting', required: true, probe: get('/v1.0/metadata', hostsActors) };
  const own = [
    postgres,
    { name: 'redis', required: false, probe: () => redis.ping() },
    { name: 'dapr', required: true, probe: get('/v1.0/healthz/outbound') },
    actorHosting,
  ];
  return {
    own: lookAt(own),
    all: lookAt([
      ...own,
      ...services.map(([name, health]) => ({
        name,
        required: false,
        probe: httpProbe(sidecar, health.origin, health.path),
      })),
    ]),
    needed: lookAt([postgres, actorHosting]),
  };
};
