import type { Chain } from '../actors/chain.js';
import { amount, type Amount, zero } from '../actors/rules/money.js';
import type { ImportContext } from './beginning.js';
import { type Journaled, journalOf } from './journal-of.js';
import type { OldOrder } from './old-orders.js';
import { type DayTotal, openSource, type Source } from './source.js';
import { openTarget, type Target } from './target.js';

/** What to import, from where to where. */
export interface ImportRun {
  readonly from: string;
  readonly to: string;
  /** Links the imported entries, as those of the service. */
  readonly chain: Chain;
  /** ORDER_NUMBER_SEQUENCE_KEY. */
  readonly sequenceKey: string;
  /** The day of a moment in the time zone of order numbers, `YYYYMMDD`. */
  readonly dayOf: (at: string) => string;
  readonly context: ImportContext;
  /** Nothing is written. */
  readonly dryRun: boolean;
  /** Orders in one statement. */
  readonly batch?: number | undefined;
  readonly onProgress?: ((read: number, of: number) => void) | undefined;
}

/** An order, and what is to be said of it. */
export interface Remark {
  readonly id: string;
  readonly order_number: string;
  readonly why: string;
}

/** A day and status where the two databases differ. */
export interface Difference {
  readonly day: string;
  readonly status: string;
  readonly old: DayTotal | undefined;
  readonly imported: DayTotal | undefined;
}

/** What an import did. */
export interface ImportReport {
  readonly read: number;
  /** Of a dry run: those that would be imported. */
  readonly imported: number;
  readonly alreadyThere: number;
  /** Rows that do not fit. */
  readonly unfit: readonly Remark[];
  /** Imported orders that a person should compare with other services. */
  readonly toCheck: readonly Remark[];
  /** By status, what the former database holds and what is here. Not of a dry run. */
  readonly totals: readonly { readonly status: string; readonly old: StatusTotal; readonly imported: StatusTotal }[];
  readonly differences: readonly Difference[];
}

/** The orders of one status. */
export interface StatusTotal {
  readonly orders: number;
  readonly total: string;
}

const dayMs = 86_400_000;

const remark = ({ id, order_number }: OldOrder, why: string): Remark => ({ id, order_number, why });

const checksOf = (old: OldOrder, { state }: Journaled): readonly Remark[] => {
  const { order } = state;
  const paid = old.payment_status === 'completed' && !amount(order.captured_amount).isZero();
  return [
    ...(order.status === 'cancelled' && paid
      ? [remark(old, `cancelled, and ${order.captured_amount} ${order.currency} paid: was it refunded?`)]
      : []),
    ...(order.items.length === 0 ? [remark(old, 'has no items')] : []),
  ];
};

/** Stores a batch; where one order makes the statement fail, the others are stored all the same. */
const storeAll = async (
  target: Target,
  orders: readonly Journaled[],
  onFailure: (order: Journaled, why: string) => void,
): Promise<ReadonlySet<string>> => {
  if (orders.length === 0) return new Set();
  try {
    return await target.store(orders);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    // Class 22 is about values; anything else is no fault of an order.
    if (typeof code !== 'string' || !/^(22|23)/.test(code)) throw error;
    const [first] = orders;
    if (orders.length === 1 && first !== undefined) {
      onFailure(first, (error as Error).message);
      return new Set();
    }
    const middle = Math.ceil(orders.length / 2);
    const [left, right] = [
      await storeAll(target, orders.slice(0, middle), onFailure),
      await storeAll(target, orders.slice(middle), onFailure),
    ];
    return new Set([...left, ...right]);
  }
};

/** The highest number of each day from yesterday on: only there can numbers still be drawn. */
const createNumbers = (since: string) => {
  const highest = new Map<string, bigint>();
  return {
    seen: (orderNumber: string): void => {
      const [, day, number] = /^ORD-(\d{8})-(\d{6,18})$/.exec(orderNumber) ?? [];
      if (day === undefined || number === undefined || day < since) return;
      const value = BigInt(number);
      if (value > (highest.get(day) ?? 0n)) highest.set(day, value);
    },
    highest: () => [...highest].map(([day, value]) => [day, String(value)] as const),
  };
};

const keyOf = ({ day, status }: DayTotal): string => `${day} ${status}`;

const differencesOf = (old: readonly DayTotal[], imported: readonly DayTotal[]): readonly Difference[] => {
  const [before, now] = [old, imported].map((list) => new Map(list.map((one) => [keyOf(one), one])));
  return [...new Set([...old, ...imported].map(keyOf))].sort().flatMap((key): readonly Difference[] => {
    const [a, b] = [before?.get(key), now?.get(key)];
    const same = a?.orders === b?.orders && amount(a?.total ?? '0').eq(b?.total ?? '0');
    const either = a ?? b;
    return same || either === undefined ? [] : [{ day: either.day, status: either.status, old: a, imported: b }];
  });
};

const byStatus = (list: readonly DayTotal[], status: string): StatusTotal => {
  const some = list.filter((one) => one.status === status);
  const sum = some.reduce<Amount>((all, { total }) => all.plus(total), zero);
  return { orders: some.reduce((all, { orders }) => all + orders, 0), total: sum.toFixed(2) };
};

/** Numbers and sums of both databases, by status, and the days on which they differ. */
const compared = async (source: Source, target: Target): Promise<Pick<ImportReport, 'totals' | 'differences'>> => {
  const [old, imported] = [await source.totals(), await target.totals()];
  const statuses = [...new Set([...old, ...imported].map(({ status }) => status))].sort();
  return {
    totals: statuses.map((status) => ({
      ...{ status, old: byStatus(old, status), imported: byStatus(imported, status) },
    })),
    differences: differencesOf(old, imported),
  };
};

/**
 * Takes the orders of the former service over. Resumable and repeatable: what is there is skipped.
 *
 * @throws ImportError when a database cannot be used
 */
export const runImport = async (run: ImportRun): Promise<ImportReport> => {
  const { context, dryRun, batch = 500 } = run;
  const source = await openSource(run.from);
  try {
    const target = await openTarget(run.to, run.sequenceKey, run.chain);
    try {
      const of = await source.count();
      if (!dryRun) await target.begin();
      const numbers = createNumbers(run.dayOf(new Date(Date.parse(context.now) - dayMs).toISOString()));
      const [unfit, toCheck]: [Remark[], Remark[]] = [[], []];
      let [read, imported, alreadyThere] = [0, 0, 0];
      let after: string | undefined;
      for (;;) {
        const page = await source.page(after, batch);
        after = page.at(-1)?.id;
        if (after === undefined) break;
        const known = await target.known(
          page.map(({ id }) => id),
          page.map(({ order_number }) => order_number),
        );
        const fitting: { readonly old: OldOrder; readonly journaled: Journaled }[] = [];
        for (const old of page) {
          numbers.seen(old.order_number);
          const holder = known.holderOf.get(old.order_number);
          const journaled = known.ids.has(old.id) ? undefined : journalOf(old, context);
          if (journaled === undefined) alreadyThere += 1;
          else if ('why' in journaled) unfit.push(remark(old, journaled.why));
          else if (holder !== undefined) unfit.push(remark(old, `order ${holder} has this order number already`));
          else fitting.push({ old, journaled });
        }
        const journals = fitting.map(({ journaled }) => journaled);
        const ids = dryRun
          ? new Set(fitting.map(({ old }) => old.id))
          : await storeAll(target, journals, ({ state: { order } }, why) => {
              unfit.push({ id: order.id, order_number: order.order_number, why });
            });
        const stored = fitting.filter(({ old }) => ids.has(old.id));
        toCheck.push(...stored.flatMap(({ old, journaled }) => checksOf(old, journaled)));
        read += page.length;
        imported += stored.length;
        run.onProgress?.(read, of);
      }
      if (!dryRun) {
        for (const [day, number] of numbers.highest()) await target.continueAfter(day, number);
        await target.analyze();
      }
      const comparison = dryRun ? { totals: [], differences: [] } : await compared(source, target);
      if (!dryRun) await target.finish();
      return { read, imported, alreadyThere, unfit, toCheck, ...comparison };
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
};
