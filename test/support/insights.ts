import { expect } from '@jest/globals';
import type { Pool, PoolClient } from 'pg';
import type { JournalEntry } from '../../actors/rules/entries.js';
import { fromStored } from '../../actors/rules/stored-entry.js';
import { type Grain, type RollupName, rollups } from '../../analytics/rollups.js';
import { minor } from './given.js';
import { addTo, type Figures, recount, spoken } from './recount.js';

const stepLengths: Readonly<Record<Grain, number>> = { month: 7, day: 10, hour: 13 };

/** An amount of a rollup, which may be less than nothing, in ten-thousandths. */
export const signed = (value: string): bigint => (value.startsWith('-') ? -minor(value.slice(1), 4) : minor(value, 4));

/** All rollups of a database, named as a recount names them. */
export const storedFigures = async (client: Pool | PoolClient): Promise<Figures> => {
  const figures: Figures = new Map();
  for (const rollup of Object.keys(rollups) as RollupName[])
    for (const grain of rollups[rollup].grains) {
      const { key, counts, amounts } = rollups[rollup];
      const { rows } = await client.query<Record<string, string>>(`select * from order_insights_${rollup}_${grain}`);
      for (const row of rows) {
        const step = new Date(row['at']!).toISOString().slice(0, stepLengths[grain]);
        const name = [rollup, grain, step, ...key.map((column) => String(row[column]))].join(' ');
        const values = [
          ...counts.map((column) => [column, BigInt(row[column]!)] as const),
          ...amounts.map((column) => [column, signed(row[column]!)] as const),
        ];
        addTo(figures, name, Object.fromEntries(values));
      }
    }
  return figures;
};

interface Row {
  readonly order_id: string;
  readonly version: number;
  readonly type: string;
  readonly data: unknown;
  readonly personal: unknown;
  readonly at: Date | string;
}

/** The journals of a database, or of what a condition lets through. */
export const journalsIn = async (
  client: Pool | PoolClient,
  where = 'true',
  ...values: readonly unknown[]
): Promise<readonly (readonly JournalEntry[])[]> => {
  const { rows } = await client.query<Row>(`select * from order_events where ${where} order by order_id, version`, [
    ...values,
  ]);
  const entries = rows.map(({ order_id, version, type, data, personal, at }): JournalEntry => ({
    ...{ order_id, version, at: new Date(at).toISOString() },
    entry: fromStored({ type, data, personal }),
  }));
  return [...Map.groupBy(entries, ({ order_id }) => order_id).values()];
};

/** How far the rollups of a database were at one moment. */
export interface Moment {
  /** RFC 3339 UTC; undefined while everything is being counted. */
  readonly asOf: string | undefined;
  /** What they count, as `<order id>:<version>`. */
  readonly counted: ReadonlySet<string>;
}

/**
 * At one moment, whoever may be writing or counting: the rollups are what a plain recount makes of the journal entries that
 * their cursor sees, of the orders walked so far.
 */
export const assertExact = async (pool: Pool): Promise<Moment> => {
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const { rows } = await client.query<{
      readonly cursor: string;
      readonly walked: string | null;
      readonly complete: boolean;
      readonly as_of: string | null;
    }>('select cursor::text, walked, complete, as_of from order_insights_progress');
    const [progress] = rows;
    const stored = await storedFigures(client);
    const journals =
      progress === undefined
        ? []
        : await journalsIn(
            client,
            `coalesce(pg_visible_in_snapshot(transaction_id::text::xid8, $1::pg_snapshot), true) and ($2 or order_id <= $3)`,
            progress.cursor,
            progress.complete,
            progress.walked,
          );
    await client.query('commit');
    expect(spoken(stored)).toStrictEqual(spoken(recount(journals)));
    const counted = journals.flat().map(({ order_id, version }) => `${order_id}:${version}`);
    return { asOf: progress?.as_of ?? undefined, counted: new Set(counted) };
  } finally {
    client.release(true);
  }
};
