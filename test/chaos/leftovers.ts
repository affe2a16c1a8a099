import { setTimeout as sleep } from 'node:timers/promises';
import { sidecarHeaders } from '../../scripts/readiness.js';
import type { Shop } from '../support/shop.js';

/** Statements that find what should not be there once all is quiet; each row is told. Ours have the service's name. */
const inDatabase: Readonly<Record<string, string>> = {
  'a transaction is open': `
    select application_name, state, state_change from pg_stat_activity
    where datname = current_database() and state like 'idle in transaction%'`,
  'a statement hangs': `
    select application_name, wait_event, query_start from pg_stat_activity
    where datname = current_database() and application_name like 'order-service%' and state = 'active'
      and query_start < now() - interval '2 seconds'`,
  'a lock is waited for, or held for good': `
    select locktype, mode, granted from pg_locks
    where not granted or locktype = 'advisory'`,
  'an effect is leased': 'select key, claim from order_effects where claim is not null limit 3',
  'a replica has more connections than its pool': `
    select application_name, count(*)::integer as connections from pg_stat_activity
    where datname = current_database() and application_name like 'order-service%'
    group by application_name having count(*) > 25`,
};

/** Actors that a replica's sidecar knows, and those that the process itself has in memory. */
const actorsOf = async (shop: Shop, replica: number): Promise<{ readonly sidecar: number; readonly app: number }> => {
  const headers = sidecarHeaders(shop.stack.secrets.daprApiToken);
  const response = await fetch(`${shop.stack.replicas[replica - 1]!.dapr}/v1.0/metadata`, { headers });
  const { actorRuntime } = (await response.json()) as {
    readonly actorRuntime?: { readonly activeActors?: readonly { readonly count?: number }[] };
  };
  const sidecar = (actorRuntime?.activeActors ?? []).reduce((sum, { count = 0 }) => sum + count, 0);
  return { sidecar, app: await shop.counter(replica, 'order_actors_active') };
};

const strayActors = async (shop: Shop): Promise<readonly string[]> => {
  const counts = await Promise.all(shop.stack.replicas.map(({ number }) => actorsOf(shop, number)));
  return counts.flatMap(({ sidecar, app }, index) =>
    sidecar === app ? [] : [`replica ${index + 1} has ${app} actors of which its sidecar knows ${sidecar}`],
  );
};

const look = async (shop: Shop, actors: boolean): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const [what, sql] of Object.entries(inDatabase)) {
    const rows = await shop.query(sql);
    if (rows.length > 0) found.push(`${what}: ${JSON.stringify(rows)}`);
  }
  return actors ? [...found, ...(await strayActors(shop))] : found;
};

/** A replica lets an actor go that its sidecar has forgotten: five to six minutes after it was called last. */
const forgottenMs = 420_000;
const settlingMs = 60_000;

/**
 * What is left of earlier trouble: transactions, locks, leases, connections. Looks again until nothing is, or time is up.
 *
 * @param actors whether actors are looked at as well, which takes minutes
 */
export const leftovers = async (shop: Shop, actors: boolean): Promise<readonly string[]> => {
  const end = performance.now() + (actors ? forgottenMs : settlingMs);
  for (;;) {
    const found = await look(shop, actors);
    if (found.length === 0 || performance.now() > end) return found;
    await sleep(2_000);
  }
};
