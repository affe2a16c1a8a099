import { changesBetween, type OrderChange } from './changes.js';
import type { Effect } from './effects.js';
import type { Entry } from './entries.js';
import type { PaymentAmount } from './entry-parts.js';
import { amount, format, sum, total } from './money.js';
import type { Order, OrderState } from './order.js';
import { lineValue } from './refund.js';

/** What a change would ask back of the payments, and what for. */
export interface RefundPreview {
  readonly amount: string;
  readonly currency: string;
  /** What each line is worth less than before. */
  readonly lines: readonly { readonly item_id: string; readonly amount: string }[];
  /** The rest of `amount`: shipping, the order's own discount and tax, what was owed before. Below zero where lines are worth more. */
  readonly other_amount: string;
  readonly payments: readonly PaymentAmount[];
}

/** An order that a creation would make: it has neither id nor number yet. */
export type PreviewedOrder = Omit<Order, 'id' | 'order_number'> & Partial<Pick<Order, 'id' | 'order_number'>>;

/** What a command would do. */
export interface Preview {
  /** The version that this was computed at; absent for a creation. */
  readonly version?: number | undefined;
  /** The order as it would be. */
  readonly order: PreviewedOrder;
  readonly changes: readonly OrderChange[];
  /** What would be sent to other services, the order's own events left out. */
  readonly effects: readonly Omit<Effect, 'key'>[];
  readonly refund?: RefundPreview | undefined;
}

const sentBy = (effects: readonly Effect[]): Preview['effects'] =>
  effects
    .filter(({ target }) => target !== 'events')
    .map(({ target, operation, payload }) => ({ target, operation, payload }));

const refundOf = (before: OrderState, after: OrderState, entries: readonly Entry[]): RefundPreview | undefined => {
  const payments = entries.flatMap(({ data }) => data.refunds_requested ?? []);
  if (payments.length === 0) return undefined;
  const { decimals, order } = after;
  const lines = before.order.items
    .map((item, n) => {
      const kept = order.items[n];
      const less = kept === undefined ? amount(0) : lineValue(item, decimals).minus(lineValue(kept, decimals));
      return { item_id: item.id, amount: less };
    })
    .filter((line) => !line.amount.isZero());
  const whole = sum(payments.map((payment) => payment.amount));
  return {
    amount: format(whole, decimals),
    currency: order.currency,
    lines: lines.map((line) => ({ item_id: line.item_id, amount: format(line.amount, decimals) })),
    other_amount: format(whole.minus(total(lines.map((line) => line.amount))), decimals),
    payments,
  };
};

/** What a change of an order would do. */
export const previewOfChange = (
  before: OrderState,
  after: OrderState,
  entries: readonly Entry[],
  effects: readonly Effect[],
): Preview => ({
  version: before.order.version,
  order: after.order,
  changes: changesBetween(before.order, after.order),
  effects: sentBy(effects),
  refund: refundOf(before, after, entries),
});

const withoutNumber = ({ order_number: _, ...payload }: Effect['payload']): Effect['payload'] => payload;

/** What a creation does. Its id and number would be others when it is done. */
export const previewOfCreation = ({ order }: OrderState, effects: readonly Effect[]): Preview => {
  const { id: _id, order_number: _number, ...unnamed } = order;
  return {
    order: unnamed,
    changes: changesBetween(undefined, order).filter(({ path }) => path !== 'id' && path !== 'order_number'),
    effects: sentBy(effects).map((effect) => ({ ...effect, payload: withoutNumber(effect.payload) })),
  };
};
