import type { Entry } from './entries.js';
import type { PaymentAmount } from './entry-parts.js';
import { paymentOf } from './funds.js';
import type { Grace } from './order-parts.js';
import type { OrderState } from './order.js';
import type { Funds } from './payment.js';

/** What a cancelled order needs to become again what it was; undefined where it cannot. */
export const graceAfter = (before: OrderState, version: number, entry: Entry): Grace | undefined => {
  if (entry.type === 'order.cancelled') {
    const { grace_ends_at: ends_at, items, from_status: status } = entry.data;
    if (ends_at === undefined) return undefined;
    const { holds, order } = before;
    return { ends_at, version, status, items, holds, deadlines: order.deadlines, refunds: [], voids: [] };
  }
  const over = entry.type === 'order.restored' || (entry.type === 'order.updated' && entry.data.grace_ended === true);
  return over ? undefined : before.grace;
};

/** The same grace with what an entry asked of payments meanwhile; `funds` are those before it. */
export const withRequests = (
  grace: Grace | undefined,
  funds: Funds,
  refundKeys: readonly string[],
  voids: readonly PaymentAmount[],
): Grace | undefined => {
  if (grace === undefined || refundKeys.length + voids.length === 0) return grace;
  const made = voids.map((one) => ({ ...one, state: paymentOf(funds, one.payment_id)?.state ?? 'authorized' }));
  return { ...grace, refunds: [...grace.refunds, ...refundKeys], voids: [...grace.voids, ...made] };
};

/** The money of an order without the requests of its grace: none of them was made. */
export const withoutRequests = (funds: Funds, { refunds, voids }: Grace): Funds => ({
  ...funds,
  refunds: funds.refunds.filter(({ key }) => !refunds.includes(key)),
  payments: funds.payments.map((payment) => {
    const own = voids.filter(({ payment_id }) => payment_id === payment.payment_id);
    const [first] = own;
    if (first === undefined) return payment;
    const voided = own.reduce((left, { amount }) => left.minus(amount), payment.voided);
    return { ...payment, voided, state: payment.state === 'voided' ? first.state : payment.state };
  }),
  unnamed: {
    ...funds.unnamed,
    authorized: voids
      .filter(({ payment_id }) => payment_id === undefined)
      .reduce((all, { amount }) => all.plus(amount), funds.unnamed.authorized),
  },
});
