import type { DaprClient } from '@dapr/dapr';
import type { Dispatcher } from 'undici';
import type { DependencyHealth } from './dependency-health.js';
import { actorHosting, httpProbe, lookAt, type ProbeTarget } from './dependencies.js';

/** How to reach what the service depends on. */
export interface ServiceDependencies {
  readonly pool: { query(sql: string): Promise<unknown> };
  readonly redis: { ping(): Promise<unknown> };
  readonly sidecar: Dispatcher;
  readonly dapr: DaprClient;
  /** Of the sidecar's HTTP API. */
  readonly origin: string;
  /** The other services, each by its name, with the URL of its health: the way in which it is called, too. */
  readonly services: readonly (readonly [name: string, health: ProbeTarget])[];
}

type Look = () => Promise<readonly DependencyHealth[]>;

/**
 * Looks at everything, at what no request can do without (readiness), and at all but the other
 * services (metrics).
 */
export const serviceDependencies = ({
  pool,
  redis,
  sidecar,
  dapr,
  origin,
  services,
}: ServiceDependencies): { readonly all: Look; readonly needed: Look; readonly own: Look } => {
  const postgres = { name: 'postgres', required: true, probe: () => pool.query('select 1') };
  const hosting = { name: 'actor_hosting', required: true, probe: actorHosting(dapr) };
  const own = [
    postgres,
    { name: 'redis', required: false, probe: () => redis.ping() },
    { name: 'dapr', required: true, probe: httpProbe(sidecar, { origin, path: '/v1.0/healthz/outbound' }) },
    hosting,
  ];
  return {
    own: lookAt(own),
    all: lookAt([
      ...own,
      ...services.map(([name, health]) => ({
        name,
        required: false,
        probe: httpProbe(sidecar, health),
      })),
    ]),
    needed: lookAt([postgres, hosting]),
  };
};
