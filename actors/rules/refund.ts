import { capturedIn, heldIn, refundedIn, requestedIn } from './funds.js';
import { type Amount, amount, atMost, notBelowZero, round, sum, zero } from './money.js';
import type { Item, Order, OrderState } from './order.js';
import type { SettledBefore } from './payment.js';

/** Units of a line that are still part of the deal. Returned units count as kept: the return service refunds them. */
export const kept = (item: Item): number => item.quantity - item.cancelled_quantity;

/** Value of what is kept of a line: price × kept − discount × kept/quantity + tax × kept/quantity; divided last, so that it is rounded only once. */
export const lineValue = (item: Item, decimals: number): Amount => {
  // Only an imported line can have no unit at all.
  if (item.quantity === 0) return zero;
  const whole = amount(item.unit_price).times(item.quantity).minus(item.discount_amount).plus(item.tax_amount);
  return round(whole.times(kept(item)).div(item.quantity), decimals);
};

/** The order's own tax less its own discount, beyond what its lines carry, by line total. */
const beyondLines = (order: Order, decimals: number): Amount => {
  const discount = amount(order.discount_amount).minus(sum(order.items.map((item) => item.discount_amount)));
  const tax = amount(order.tax_amount).minus(sum(order.items.map((item) => item.tax_amount)));
  const whole = amount(order.subtotal);
  if (whole.isZero()) return round(tax.minus(discount), decimals);
  const remaining = order.items.reduce((total, item) => total.plus(amount(item.unit_price).times(kept(item))), zero);
  return round(tax.minus(discount).times(remaining).div(whole), decimals);
};

const nothingKept = ({ items }: Order): boolean => items.every((item) => kept(item) === 0);

/** Value of what remains of an order (the refund rule): nothing once no unit is kept. */
export const remainingValue = ({ order, decimals }: Pick<OrderState, 'order' | 'decimals'>): Amount => {
  if (nothingKept(order)) return zero;
  const lines = order.items.reduce((total, item) => total.plus(lineValue(item, decimals)), zero);
  const value = lines.plus(beyondLines(order, decimals)).plus(order.shipping_amount);
  return value.isNegative() ? zero : value;
};

/**
 * What is to be paid for what remains: its value, never more than the order. Where a line went for nothing, giving it up
 * can make the rest dearer by the refund rule, but that is not paid.
 */
export const toPay = (state: OrderState): Amount => atMost(remainingValue(state), amount(state.order.total_amount));

/**
 * What was settled of an order when it was imported: by how much its money differed from its value. It is left alone, so
 * that the refund rule counts only what changes afterwards. An order that was not paid, or refunded, has no shortfall.
 */
export const settledAtImport = (state: OrderState): SettledBefore => {
  const [captured, refunded] = [capturedIn(state), refundedIn(state)];
  const difference = captured.minus(remainingValue(state)).minus(refunded);
  const paid = !captured.isZero() && refunded.isZero();
  return { amount: paid ? difference : notBelowZero(difference), withUnits: !nothingKept(state.order) };
};

const settledBefore = ({ settledBefore: before, order }: OrderState): Amount =>
  before === undefined || (before.withUnits && nothingKept(order)) ? zero : before.amount;

/**
 * What is to be given back: captured − value of what remains − refunded − requested, not below zero and never more than the
 * payments hold. Refunds for goods that came back do not count: those goods count as kept.
 */
export const owed = (state: OrderState): Amount => {
  const due = capturedIn(state)
    .minus(remainingValue(state))
    .minus(refundedIn(state).minus(state.refundedForReturns))
    .minus(requestedIn(state))
    .minus(settledBefore(state));
  return atMost(notBelowZero(due), heldIn(state));
};
