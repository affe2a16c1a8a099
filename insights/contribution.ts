import type { JournalEntry } from '../actors/rules/entries.js';
import { type Amount, amount, zero } from '../actors/rules/money.js';
import type { Item, OrderState } from '../actors/rules/order.js';
import { lineValue } from '../actors/rules/refund.js';
import { binOf } from './durations.js';
import { groupedBy, type Cell, cell } from './rollups.js';
import { paymentCells } from './payment-cells.js';
import { type Loss, type Story, storyOf, worthOf } from './story.js';

/**
 * Which meaning the figures have. Whoever changes what an order contributes raises it by one: every figure is then counted
 * again from the journal.
 */
export const definition = 2;

/** What one order adds to the rollups. */
export interface Contribution {
  /** When the order was created: every figure goes by that. */
  readonly createdAt: Date;
  readonly cells: readonly Cell[];
  /** What its products were called. */
  readonly names: readonly ProductName[];
}

/** What a product was called when it was ordered. */
export interface ProductName {
  readonly product_id: string;
  readonly product_sku: string;
  readonly product_name: string;
}

/** Reasons are free text; this much of one identifies it. */
const longestReason = 200;

/** A reason as it is counted: blanks evened out, cut. Nothing stands for none. */
const reasonKey = (reason = ''): string =>
  reason.trim().replace(/\s+/g, ' ').slice(0, longestReason).trim().toWellFormed();

const positive = (value: Amount): Amount => (value.isNegative() ? zero : value);

const total = (values: readonly Amount[]): Amount => values.reduce((all, value) => all.plus(value), zero);

const unitsIn = (items: readonly Item[], of: (item: Item) => number): number =>
  items.reduce((all, item) => all + of(item), 0);

const unitCounts = (items: readonly Item[]) => ({
  units: unitsIn(items, ({ quantity }) => quantity),
  cancelled_units: unitsIn(items, ({ cancelled_quantity }) => cancelled_quantity),
  returned_units: unitsIn(items, ({ returned_quantity }) => returned_quantity),
});

const salesCell = ({ state, stops }: Story): Cell => {
  const { order } = state;
  const has = (...statuses: readonly string[]): number => Number(stops.some(({ status }) => statuses.includes(status)));
  const units = unitCounts(order.items);
  const cancelled = Number(order.status === 'cancelled');
  const [gross, left] = [amount(order.total_amount), worthOf(state)];
  const [captured, refunded] = [amount(order.captured_amount), amount(order.refunded_amount)];
  // What was captured beyond what is left of the order goes back first; more than that is for goods that came back.
  const returned = positive(refunded.minus(positive(captured.minus(left))));
  return cell(
    'sales',
    [order.currency, order.payment_method ?? ''],
    {
      orders: 1,
      shipped_orders: has('shipped'),
      cancelled_orders: cancelled,
      partly_cancelled_orders: Number(cancelled === 0 && units.cancelled_units > 0),
      returned_orders: has('partially_returned', 'returned'),
      ...units,
    },
    {
      gross_amount: gross,
      cancelled_amount: gross.minus(left),
      returned_amount: returned,
      captured_amount: captured,
      refunded_amount: refunded,
    },
  );
};

const lineGross = ({ total_price, discount_amount, tax_amount }: Item): Amount =>
  amount(total_price).minus(discount_amount).plus(tax_amount);

/** A line and what it was worth at first, and what of that is gone. */
interface Line {
  readonly item: Item;
  readonly gross: Amount;
  readonly cancelled: Amount;
}

const linesOf = ({ order, decimals }: OrderState): readonly Line[] =>
  order.items.map((item) => {
    const gross = lineGross(item);
    return { item, gross, cancelled: gross.minus(lineValue(item, decimals)) };
  });

const goodsCells = (dimension: string, nameOf: (line: Line) => string, lines: readonly Line[], currency: string) =>
  [...groupedBy(lines, nameOf)].map(([name, same]) =>
    cell(
      'goods',
      [dimension, currency, name],
      { orders: 1, ...unitCounts(same.map(({ item }) => item)) },
      {
        gross_amount: total(same.map(({ gross }) => gross)),
        cancelled_amount: total(same.map(({ cancelled }) => cancelled)),
      },
    ),
  );

const reasonCells = (kind: string, losses: readonly Loss[], { order }: OrderState): readonly Cell[] =>
  [...groupedBy(losses, ({ reason }) => reasonKey(reason))].map(([reason, same]) =>
    cell(
      'reasons',
      [kind, order.currency, reason],
      { orders: 1, units: same.reduce((all, { units }) => all + units, 0) },
      { amount: total(same.map((loss) => loss.amount)) },
    ),
  );

const statusCells = ({ state: { order }, stops }: Story): readonly Cell[] =>
  [...new Set(stops.map(({ status }) => status))].map((status) =>
    cell('statuses', [order.currency, status], { reached: 1, present: Number(status === order.status) }, {}),
  );

/** Only stays that have ended: how long the others will last, is not known yet. */
const stayCells = ({ state: { order }, stops }: Story): readonly Cell[] =>
  stops.flatMap(({ status, at }, index) => {
    const next = stops[index + 1];
    const key = (end: number): readonly string[] => [order.currency, status, String(binOf(end - at))];
    return next === undefined ? [] : [cell('stays', key(next.at), { stays: 1 }, {})];
  });

/**
 * What an order contributes, as a pure function of its journal: the same entries always give the same cells, on every
 * machine. Nothing where the journal does not begin with the creation.
 *
 * @param journal in the order of versions; `personal` is not looked at
 */
export const contributionOf = (journal: readonly JournalEntry[]): Contribution | undefined => {
  const story = storyOf(journal);
  if (story === undefined) return undefined;
  const { state, createdAt, cancellations, returns } = story;
  const lines = linesOf(state);
  return {
    createdAt,
    cells: [
      salesCell(story),
      ...paymentCells(state),
      ...goodsCells('product', ({ item }) => item.product_id, lines, state.order.currency),
      ...goodsCells('warehouse', ({ item }) => item.warehouse_id, lines, state.order.currency),
      ...reasonCells('cancellation', cancellations, state),
      ...reasonCells('return', returns, state),
      ...statusCells(story),
      ...stayCells(story),
    ],
    names: state.order.items.map(({ product_id, product_sku, product_name }) => ({
      ...{ product_id, product_sku, product_name },
    })),
  };
};
