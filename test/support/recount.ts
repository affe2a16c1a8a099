import type { JournalEntry } from '../../actors/rules/entries.js';
import { replay } from '../../actors/rules/evolve.js';
import { takeFrom } from '../../actors/rules/funds.js';
import type { Item, Order, OrderState } from '../../actors/rules/order.js';
import { owed } from '../../actors/rules/refund.js';
import { binOf } from '../../analytics/durations.js';
import { valueLeft } from './arbitrary-orders.js';
import { minor } from './given.js';

/** Amounts in ten-thousandths of a unit of money: whole numbers, whatever the currency. */
const exact = (value: string): bigint => minor(value, 4);

const highest = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** Figures by the name of the row they stand in; all whole numbers. */
export type Figures = Map<string, Map<string, bigint>>;

/** What one order means for one kind of rows. */
interface Share {
  readonly rollup: string;
  readonly key: readonly string[];
  readonly values: Readonly<Record<string, bigint | number>>;
}

const worth = (order: Order, decimals: number): bigint => {
  const [left, total] = [valueLeft(order, decimals) * 10n ** BigInt(4 - decimals), exact(order.total_amount)];
  return left < total ? left : total;
};

const units = (items: readonly Item[]): Share['values'] => ({
  units: items.reduce((sum, item) => sum + item.quantity, 0),
  cancelled_units: items.reduce((sum, item) => sum + item.cancelled_quantity, 0),
  returned_units: items.reduce((sum, item) => sum + item.returned_quantity, 0),
});

const salesOf = (order: Order, decimals: number, been: ReadonlySet<string>): Share => {
  const [gross, left] = [exact(order.total_amount), worth(order, decimals)];
  const [captured, refunded] = [exact(order.captured_amount), exact(order.refunded_amount)];
  const excess = highest(0n, captured - left);
  const counts = units(order.items);
  const whole = order.status === 'cancelled';
  return {
    rollup: 'sales',
    key: [order.currency, order.payment_method ?? ''],
    values: {
      ...counts,
      orders: 1,
      shipped_orders: been.has('shipped') ? 1 : 0,
      cancelled_orders: whole ? 1 : 0,
      partly_cancelled_orders: !whole && counts['cancelled_units'] !== 0 ? 1 : 0,
      returned_orders: been.has('partially_returned') || been.has('returned') ? 1 : 0,
      gross_amount: gross,
      cancelled_amount: gross - left,
      returned_amount: highest(0n, refunded - excess),
      captured_amount: captured,
      refunded_amount: refunded,
    },
  };
};

/** Payments as the document lists them; what the order has beyond them is under no name. */
const paymentsOf = (state: OrderState): readonly Share[] => {
  const { order, refunds } = state;
  const due = takeFrom(state, owed(state));
  const owing = (id: string | undefined): bigint =>
    due.reduce((sum, { payment_id, amount }) => sum + (payment_id === id ? exact(amount.toFixed(4)) : 0n), 0n);
  const sum = (of: (payment: Order['payments'][number]) => string): bigint =>
    order.payments.reduce((all, payment) => all + exact(of(payment)), 0n);
  const asked = refunds.reduce((all, { state: now, amount }) => all + (now === 'requested' ? exact(amount) : 0n), 0n);
  const row = (method: string | undefined, status: string, values: Share['values']): Share => ({
    ...{ rollup: 'payments', key: [order.currency, method ?? order.payment_method ?? '', status], values },
  });
  return [
    ...order.payments.map((payment) =>
      row(payment.method, payment.status, {
        payments: 1,
        authorized_amount: exact(payment.authorized_amount),
        captured_amount: exact(payment.captured_amount),
        refunded_amount: exact(payment.refunded_amount),
        requested_amount: exact(payment.requested_amount),
        owed_amount: owing(payment.payment_id),
      }),
    ),
    row(undefined, 'unnamed', {
      payments: 0,
      authorized_amount: exact(state.unnamed.authorized.toFixed(4)),
      captured_amount: exact(order.captured_amount) - sum(({ captured_amount }) => captured_amount),
      refunded_amount: exact(order.refunded_amount) - sum(({ refunded_amount }) => refunded_amount),
      requested_amount: asked - sum(({ requested_amount }) => requested_amount),
      owed_amount: owing(undefined),
    }),
  ];
};

const lineValues = (item: Item, decimals: number): Share['values'] => {
  const read = (value: string): bigint => minor(value, decimals);
  const whole = read(item.unit_price) * BigInt(item.quantity) - read(item.discount_amount) + read(item.tax_amount);
  const [kept, quantity] = [BigInt(item.quantity - item.cancelled_quantity), BigInt(item.quantity)];
  const left = (2n * whole * kept + quantity) / (2n * quantity);
  const scale = 10n ** BigInt(4 - decimals);
  return { gross_amount: whole * scale, cancelled_amount: (whole - left) * scale };
};

const goodsOf = (order: Order, decimals: number): readonly Share[] =>
  (['product', 'warehouse'] as const).flatMap((dimension) => {
    const nameOf = (item: Item): string => (dimension === 'product' ? item.product_id : item.warehouse_id);
    const names = new Set(order.items.map(nameOf));
    return [...names].flatMap((name) => {
      const own = order.items.filter((item) => nameOf(item) === name);
      const key = [dimension, order.currency, name];
      return [
        { rollup: 'goods', key, values: { orders: 1, ...units(own) } },
        ...own.map((item) => ({ rollup: 'goods', key, values: lineValues(item, decimals) })),
      ];
    });
  });

const reasonOf = (text: string | undefined): string => (text ?? '').trim().replace(/\s+/g, ' ').slice(0, 200).trim();

const counted = (kind: string, currency: string, reasons: ReadonlyMap<string, readonly [number, bigint]>) =>
  [...reasons].map(([reason, [count, amount]]): Share => ({
    rollup: 'reasons',
    key: [kind, currency, reason],
    values: { orders: 1, units: count, amount },
  }));

const cancellationsOf = (journal: readonly JournalEntry[], { currency }: Order): readonly Share[] => {
  const reasons = new Map<string, [number, bigint]>();
  journal.forEach(({ entry }, index) => {
    if (entry.type !== 'order.cancelled' && entry.type !== 'order.items_cancelled') return;
    const [before, after] = [replay(journal.slice(0, index))!, replay(journal.slice(0, index + 1))!];
    const reason = reasonOf(entry.data.reason);
    const [count, amount] = reasons.get(reason) ?? [0, 0n];
    reasons.set(reason, [
      count + entry.data.items.reduce((sum, { quantity }) => sum + quantity, 0),
      amount + worth(before.order, before.decimals) - worth(after.order, after.decimals),
    ]);
  });
  return counted('cancellation', currency, reasons);
};

const returnsOf = (journal: readonly JournalEntry[], order: Order, been: ReadonlySet<string>): readonly Share[] => {
  const reasons = new Map<string, [number, bigint]>();
  const note = (reason: string | undefined, count: number): void => {
    const key = reasonOf(reason);
    reasons.set(key, [(reasons.get(key)?.[0] ?? 0) + count, 0n]);
  };
  for (const { entry } of journal) {
    if (entry.type === 'order.returned') {
      const { return_id, items, reason } = entry.data;
      const announced = journal.find(
        (one) => one.entry.type === 'order.return_requested' && one.entry.data.return_id === return_id,
      );
      const early = announced?.entry.type === 'order.return_requested' ? announced.entry.data.reason : undefined;
      note(
        reason ?? early,
        items.reduce((sum, { quantity }) => sum + quantity, 0),
      );
    }
    if (entry.type === 'order.status_changed' && entry.data.to_status === 'partially_returned')
      if (entry.data.reason !== undefined) note(entry.data.reason, 0);
  }
  const returned = been.has('partially_returned') || been.has('returned');
  if (returned && reasons.size === 0) note(undefined, 0);
  return counted('return', order.currency, reasons);
};

interface Move {
  readonly status: string;
  readonly at: number;
}

const movesOf = (journal: readonly JournalEntry[]): readonly Move[] =>
  journal.flatMap(({ entry: { data }, at }) =>
    'to_status' in data && data.to_status !== undefined ? [{ status: data.to_status, at: Date.parse(at) }] : [],
  );

const lifeOf = (moves: readonly Move[], { currency, status }: Order): readonly Share[] => [
  ...moves.map((move) => ({
    rollup: 'statuses',
    key: [currency, move.status],
    values: { reached: 1, present: move.status === status ? 1 : 0 },
  })),
  ...moves.slice(1).map(({ at }, index) => {
    const left = moves[index]!;
    return { rollup: 'stays', key: [currency, left.status, String(binOf(at - left.at))], values: { stays: 1 } };
  }),
];

const sharesOf = (journal: readonly JournalEntry[]): readonly Share[] => {
  const state = replay(journal)!;
  const { order, decimals } = state;
  const moves = movesOf(journal);
  const been = new Set(moves.map(({ status }) => status));
  return [
    salesOf(order, decimals, been),
    ...paymentsOf(state),
    ...goodsOf(order, decimals),
    ...cancellationsOf(journal, order),
    ...returnsOf(journal, order, been),
    ...lifeOf(moves, order),
  ];
};

const stepLengths = { month: 7, day: 10, hour: 13 } as const;

/** Adds values to a row. */
export const addTo = (figures: Figures, name: string, values: Readonly<Record<string, bigint | number>>): void => {
  const row = figures.get(name) ?? new Map<string, bigint>();
  figures.set(name, row);
  for (const [column, value] of Object.entries(values)) row.set(column, (row.get(column) ?? 0n) + BigInt(value));
};

/** Without rows that say nothing. */
export const spoken = (figures: Figures): Readonly<Record<string, Readonly<Record<string, string>>>> =>
  Object.fromEntries(
    [...figures]
      .filter(([, row]) => [...row.values()].some((value) => value !== 0n))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, row]) => [
        name,
        Object.fromEntries(
          [...row].sort(([a], [b]) => (a < b ? -1 : 1)).map(([column, value]) => [column, String(value)]),
        ),
      ]),
  );

/**
 * All rollups once more, as plainly as can be: every order replayed, every figure a sum of whole numbers. Rows are named
 * `<rollup> <grain> <step> <key…>`.
 */
export const recount = (journals: readonly (readonly JournalEntry[])[]): Figures => {
  const figures: Figures = new Map();
  for (const journal of journals)
    for (const { rollup, key, values } of sharesOf(journal))
      for (const [grain, length] of Object.entries(stepLengths)) {
        if (grain === 'hour' && rollup !== 'sales') continue;
        addTo(figures, [rollup, grain, journal[0]!.at.slice(0, length), ...key].join(' '), values);
      }
  return figures;
};
