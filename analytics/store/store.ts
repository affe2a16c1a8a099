import type { Pool, PoolClient } from 'pg';
import type { JournalEntry } from '../../actors/rules/entries.js';
import { fromStored } from '../../actors/rules/stored-entry.js';
import { createJournalReader, type JournalReader, type Progress } from '../../persistence/journal-reader.js';
import { contributionOf, definition } from '../contribution.js';
import { type RollupName, rollups } from '../rollups.js';
import { createTally, type Row, type Tally } from '../tally.js';
import {
  addRows,
  adoptEntries,
  beginAnew,
  dropEmptyReasons,
  forgetReasons,
  isFresh,
  keepNames,
  lag,
  moveOn,
  nextOrders,
  readJournals,
  readProgress,
} from './sql.js';

/** How much is taken at once. */
export interface InsightsLimits {
  /** Transaction numbers that a step looks at. */
  readonly transactions: number;
  /** Journal entries that a step takes. A single transaction that wrote more is met by a count of everything. */
  readonly entries: number;
  /** Orders of one step of a walk over all. */
  readonly orders: number;
  /** Orders whose journals are read at once. */
  readonly journals: number;
}

/** Small enough that what computes between two queries delays no request. */
const usual: InsightsLimits = { transactions: 20_000, entries: 400, orders: 250, journals: 25 };

interface CountProgress extends Progress {
  /** Whether entries were written in another cluster, and brought here. */
  readonly adopting: boolean;
}

interface JournalRow {
  readonly order_id: string;
  readonly version: number;
  readonly type: string;
  readonly data: unknown;
  readonly at: string;
  readonly reason: string | null;
  readonly before: boolean;
}

/** What orders add, and which of them are erased. */
interface Counted {
  readonly tally: Tally;
  readonly erased: readonly { readonly order_id: string; readonly erased: number }[];
}

/** The version that erased those before it; 0: none did. */
const erasedIn = (journal: readonly JournalRow[]): number =>
  journal.findLast(({ type }) => type === 'order.erased')?.version ?? 0;

/** What is personal stays in the journal, but for reasons that are not erased. */
const toEntries = (journal: readonly JournalRow[]): readonly JournalEntry[] => {
  const erased = erasedIn(journal);
  return journal.map(({ order_id, version, type, data, at, reason }) => {
    const personal = reason === null || version < erased ? {} : { reason };
    return { order_id, version, at, entry: fromStored({ type, data, personal }) };
  });
};

const inPortions = <T>(values: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(values.length / size) }, (_, index) => values.slice(index * size, (index + 1) * size));

const named = <T>(columns: readonly string[], values: readonly T[]): Readonly<Record<string, T | undefined>> =>
  Object.fromEntries(columns.map((column, index) => [column, values[index]]));

const toJson = (rollup: RollupName, rows: readonly Row[]): string => {
  const columns = rollups[rollup];
  return JSON.stringify(
    rows.map(({ at, key, counts, amounts }) => ({
      ...{ at, ...named(columns.key, key), ...named(columns.counts, counts) },
      ...named(
        columns.amounts,
        amounts.map((value) => value.toFixed()),
      ),
    })),
  );
};

/**
 * Rollups in Postgres, behind the journal (docs/adr/0012). Always true, at every commit: they hold what the journal entries
 * that `cursor` sees tell of the orders walked so far, or of all once the walk is complete.
 */
export const createInsightsStore = (pool: Pool, limits: InsightsLimits = usual): JournalReader => {
  const count = async (
    client: PoolClient,
    orderIds: readonly string[],
    before: string | null,
    after: string,
  ): Promise<Counted> => {
    const tally = createTally();
    const erased: { readonly order_id: string; readonly erased: number }[] = [];
    for (const portion of inPortions(orderIds, limits.journals)) {
      const { rows } = await client.query<JournalRow>({
        name: 'insights-journals',
        text: readJournals,
        values: [portion, before, after],
      });
      for (const [orderId, journal] of Map.groupBy(rows, ({ order_id }) => order_id)) {
        const now = contributionOf(toEntries(journal));
        const known = contributionOf(toEntries(journal.filter((row) => row.before)));
        if (erasedIn(journal) > 0) erased.push({ order_id: orderId, erased: erasedIn(journal) });
        if (now !== undefined) tally.replace(orderId, known, now);
      }
    }
    return { tally, erased };
  };

  const write = async (client: PoolClient, { tally, erased }: Counted): Promise<void> => {
    for (const rollup of Object.keys(rollups) as readonly RollupName[])
      for (const grain of rollups[rollup].grains) {
        const rows = tally.rowsOf(rollup, grain);
        if (rows.length === 0) continue;
        const values = [toJson(rollup, rows)];
        await client.query({
          name: `insights-add-${rollup}-${grain}`,
          text: addRows(rollup, grain),
          values,
        });
      }
    const names = tally.names();
    if (names.length > 0)
      await client.query({ name: 'insights-names', text: keepNames, values: [JSON.stringify(names)] });
    if (erased.length === 0) return;
    await client.query(forgetReasons, [JSON.stringify(erased)]);
    for (const statement of dropEmptyReasons) await client.query(statement);
  };

  return createJournalReader<CountProgress>(pool, {
    name: 'insights',
    definition,
    limits,
    statements: { readProgress, beginAnew, moveOn, isFresh, lag },
    walk: async (client, { cursor, walked, adopting }) => {
      const { rows } = await client.query<{ order_id: string }>(nextOrders, [walked, limits.orders]);
      const orderIds = rows.map(({ order_id }) => order_id);
      if (adopting) await client.query(adoptEntries, [orderIds]);
      await write(client, await count(client, orderIds, null, cursor));
      return { last: orderIds.at(-1), complete: orderIds.length < limits.orders };
    },
    take: async (client, orderIds, from, to) => write(client, await count(client, orderIds, from, to)),
  });
};
