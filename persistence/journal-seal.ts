import type { Pool, PoolClient } from 'pg';
import { type Chain, chainTime } from '../actors/chain.js';
import { sealJournal } from '../actors/seal.js';
import { auditedOrders } from './journal.js';

/** Orders that are sealed at once, in a transaction of their own. */
const batch = 100;
/** Any number that nothing else here locks. */
const advisoryLock = 8_004_060;
/** How long after the upgrade began replicas of the earlier release may still write, in milliseconds. */
const usualGraceMs = 3_600_000;
const first = '00000000-0000-0000-0000-000000000000';

/**
 * What a step came to. `more`: there may be more to seal; `current`: nothing is left for now; `complete`: sealing is over,
 * for good; `elsewhere`: another replica is at it; `refused`: nothing may be sealed here; `forbidden`: the role may not.
 */
export type SealStep = 'more' | 'current' | 'complete' | 'elsewhere' | 'refused' | 'forbidden';

/** Seals the entries of earlier releases, step by step. */
export interface JournalSeal {
  /** Begins sealing, where it has not begun. To be called before this release writes its first entry. */
  begin(): Promise<SealStep>;
  /** Seals one batch of orders after the last one. Interrupted at any moment, it goes on where it was. */
  advance(): Promise<SealStep>;
}

interface Mark {
  readonly begun_at: string;
  readonly complete: boolean;
  readonly mac: string;
  readonly mac_key: string;
}

const fact = (begunAt: string, complete: boolean): string => JSON.stringify(['sealing', begunAt, complete]);

const readMark = `
select to_char(begun_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as begun_at, complete, mac, mac_key
from order_journal_seal`;

/** The role of the service may not where the tables are another's (ADR 51). */
const permission = "select has_column_privilege('order_events', 'hash', 'update') as granted";

/** An entry with a hash proves that this release wrote before: then sealing began before, and its mark was taken away. */
const beginning = `
select exists (select from order_events where hash is not null) as written,
  exists (select from order_events where hash is null) as unsealed`;

const writeMark = `
insert into order_journal_seal (begun_at, complete, mac, mac_key) values ($1::timestamptz, $2, $3, $4)
on conflict (only_one) do update set complete = $2, mac = $3, mac_key = $4`;

const nextUnsealed = `
select distinct order_id as id from order_events where hash is null and order_id > $1::uuid order by order_id limit $2`;

const writeSeals = `
update order_events e
set data = n.data::json, personal = n.personal::json, hash = n.hash, hash_key = n.hash_key, personal_salt = n.personal_salt, personal_digest = n.personal_digest,
  sealed_at = $2::timestamptz
from json_to_recordset($1::json) as n (order_id uuid, version integer, data text, personal text, hash text, hash_key text,
  personal_salt text, personal_digest text)
where e.order_id = n.order_id and e.version = n.version and e.hash is null`;

type Work = (client: PoolClient) => Promise<SealStep>;

const wait = async (client: PoolClient): Promise<boolean> => {
  await client.query('select pg_advisory_xact_lock($1)', [advisoryLock]);
  return true;
};

const tryOnce = async (client: PoolClient): Promise<boolean> => {
  const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_xact_lock($1) as locked', [
    advisoryLock,
  ]);
  return rows[0]?.locked === true;
};

/** A connection that breaks fails the statement in hand too; without a listener it would end the process. */
const ignore = (): void => undefined;

/** One replica at a time, for the length of a transaction. */
const exclusively = async (pool: Pool, lock: typeof wait, work: Work): Promise<SealStep> => {
  const client = await pool.connect();
  client.on('error', ignore);
  let failed = true;
  try {
    await client.query('begin');
    const step = (await lock(client)) ? await work(client) : 'elsewhere';
    await client.query('commit');
    failed = false;
    return step;
  } finally {
    client.off('error', ignore);
    // What failed half-way is rolled back by the end of its connection.
    client.release(failed);
  }
};

/**
 * @param pool connects as the role that owns the tables
 * @param now the time of sealing, and the end of the time in which replicas of the earlier release may still write
 * @param graceMs that time, in milliseconds; 0 where those replicas have stopped
 */
export const createJournalSeal = (
  pool: Pool,
  chain: Chain,
  now: () => Date,
  graceMs: number = usualGraceMs,
): JournalSeal => {
  let after = first;
  let passBegan = now().getTime();

  const mark = async (client: PoolClient, begunAt: string, complete: boolean): Promise<void> => {
    const { hash, hash_key } = chain.sign(fact(begunAt, complete));
    await client.query(writeMark, [begunAt, complete, hash, hash_key]);
  };

  const markIn = async (client: PoolClient): Promise<Mark | 'refused' | undefined> => {
    const { rows } = await client.query<Mark>(readMark);
    const [found] = rows;
    if (found === undefined) return undefined;
    const { begun_at, complete, mac, mac_key } = found;
    return chain.isSigned(fact(begun_at, complete), { hash: mac, hash_key: mac_key }) ? found : 'refused';
  };

  const isPermitted = async (client: PoolClient): Promise<boolean> =>
    (await client.query<{ granted: boolean }>(permission)).rows[0]?.granted === true;

  const begin = async (client: PoolClient): Promise<SealStep> => {
    if (!(await isPermitted(client))) return 'forbidden';
    const known = await markIn(client);
    if (known === 'refused') return 'refused';
    if (known !== undefined) return known.complete ? 'complete' : 'more';
    const { rows } = await client.query<{ written: boolean; unsealed: boolean }>(beginning);
    if (rows[0]?.written !== false) return 'refused';
    const complete = !rows[0].unsealed;
    await mark(client, chainTime(now().toISOString()), complete);
    return complete ? 'complete' : 'more';
  };

  const advance = async (client: PoolClient): Promise<SealStep> => {
    if (!(await isPermitted(client))) return 'forbidden';
    const known = await markIn(client);
    if (known === undefined || known === 'refused') return 'refused';
    if (known.complete) return 'complete';
    const { rows } = await client.query<{ id: string }>(nextUnsealed, [after, batch]);
    const ids = rows.map(({ id }) => id);
    if (after === first) passBegan = now().getTime();
    after = ids.at(-1) ?? first;
    if (ids.length === 0) {
      if (passBegan - Date.parse(known.begun_at) < graceMs) return 'current';
      await mark(client, known.begun_at, true);
      return 'complete';
    }
    const sealedAt = chainTime(now().toISOString());
    const sealed = (await auditedOrders(client, ids)).flatMap((order) => sealJournal(chain, order, sealedAt) ?? []);
    await client.query(writeSeals, [JSON.stringify(sealed), sealedAt]);
    return 'more';
  };

  return {
    begin: () => exclusively(pool, wait, begin),
    advance: () => exclusively(pool, tryOnce, advance),
  };
};
