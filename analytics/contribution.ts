import type { JournalEntry } from '../actors/rules/entries.js';
import { requestedOf, takeFrom } from '../actors/rules/funds.js';
import { type Amount, amount, notBelowZero, total } from '../actors/rules/money.js';
import type { Item, OrderState } from '../actors/rules/order.js';
import { paymentStatusOf } from '../actors/rules/payment-status.js';
import type { Payment } from '../actors/rules/payment.js';
import { lineValue, owed } from '../actors/rules/refund.js';
import { binOf } from './durations.js';
import { type Cell, cell } from './rollups.js';
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
  const returned = notBelowZero(refunded.minus(notBelowZero(captured.minus(left))));
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
  [...Map.groupBy(lines, nameOf)].map(([name, same]) =>
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
  [...Map.groupBy(losses, ({ reason }) => reasonKey(reason))].map(([reason, same]) =>
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

/** The status under which money is counted that belongs to no payment with a name. */
const unnamed = 'unnamed';

/** One payment, or the money under no name. */
interface Money {
  readonly method: string;
  readonly status: string;
  readonly payments: number;
  readonly authorized: Amount;
  readonly captured: Amount;
  readonly refunded: Amount;
  readonly requested: Amount;
  readonly owed: Amount;
}

/** What is owed of each payment: to be given back and not asked for, since its service refused that. */
const owedOf = (state: OrderState): ((payment_id: string | undefined) => Amount) => {
  const shares = takeFrom(state, owed(state));
  return (payment_id) =>
    total(shares.filter((share) => share.payment_id === payment_id).map(({ amount: part }) => part));
};

const moneyOf = (state: OrderState): readonly Money[] => {
  const [methodOfOrder, owing] = [state.order.payment_method ?? '', owedOf(state)];
  const ofPayment = (payment: Payment): Money => ({
    method: payment.method ?? methodOfOrder,
    status: paymentStatusOf(payment),
    payments: 1,
    authorized: notBelowZero(payment.authorized.minus(payment.voided)),
    captured: payment.captured,
    refunded: payment.refunded,
    requested: requestedOf(state, payment.payment_id),
    owed: owing(payment.payment_id),
  });
  const { authorized, captured, refunded } = state.unnamed;
  const rest: Money = {
    ...{ method: methodOfOrder, status: unnamed, payments: 0, authorized, captured, refunded },
    ...{ requested: requestedOf(state, undefined), owed: owing(undefined) },
  };
  const isSomething = [authorized, captured, refunded, rest.requested].some((value) => !value.isZero());
  return [...state.payments.map(ofPayment), ...(isSomething ? [rest] : [])];
};

/** What an order adds to the figures of payments, by method and status. */
const paymentCells = (state: OrderState): readonly Cell[] => {
  const key = ({ method, status }: Money): string => JSON.stringify([method, status]);
  return [...Map.groupBy(moneyOf(state), key).values()].map((same) => {
    const sum = (of: (money: Money) => Amount): Amount => total(same.map(of));
    const [{ method, status } = { method: '', status: unnamed }] = same;
    return cell(
      'payments',
      [state.order.currency, method, status],
      { payments: same.reduce((all, { payments }) => all + payments, 0) },
      {
        authorized_amount: sum(({ authorized }) => authorized),
        captured_amount: sum(({ captured }) => captured),
        refunded_amount: sum(({ refunded }) => refunded),
        requested_amount: sum(({ requested }) => requested),
        owed_amount: sum((money) => money.owed),
      },
    );
  });
};

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
