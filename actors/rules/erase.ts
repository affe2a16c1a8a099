import { accept, conflict, type Decision, stale } from './decision.js';
import { requestedIn } from './funds.js';
import type { Order, OrderState } from './order.js';
import { owed } from './refund.js';
import { erasedAddress } from './stored-entry.js';

/*
 * Erasing the personal data of an order. Only of an order that is over and settled: nothing that it still needs to tell
 * anybody may be lost. Whether its effects are settled, the storing statement makes
 * sure; that its journal is sealed, the turn.
 */

/** Why an order is kept whose effects are not settled. */
export const unsettled = 'The order has effects that are not settled, or events that wait.';

/** Why an order is kept whose texts are not all in the personal parts of its entries yet. */
export const unsealed = 'The journal of the order is of an earlier release and not sealed yet.';

const keptBecause = (state: OrderState): string | undefined => {
  const { order, waiting } = state;
  if (order.status !== 'cancelled' && order.completed_at === undefined)
    return `The order is ${order.status}: neither cancelled nor completed.`;
  if (!requestedIn(state).isZero()) return 'A refund is requested and not answered.';
  if (!owed(state).isZero()) return 'Money is owed for the order.';
  return waiting.length > 0 ? unsettled : undefined;
};

/** EraseOrders, for one order: `stale` where it is erased already, `conflict` with the reason where it is kept. */
export const decideErase = (state: OrderState, reason: string): Decision => {
  if (state.erased === true) return stale('The order is erased.');
  const why = keptBecause(state);
  if (why !== undefined) return conflict(why);
  const { shipping_address, billing_address } = state.order;
  return accept({
    type: 'order.erased',
    data: { shipping_country: shipping_address.country, billing_country: billing_address?.country },
    personal: { reason },
  });
};

/** What the erasure changes of an order: every personal field. */
export const withoutPersonalData = (
  order: Order,
  countries: { readonly shipping_country: string; readonly billing_country?: string | undefined },
): Partial<Order> => ({
  guest_email: undefined,
  shipping_address: erasedAddress(countries.shipping_country),
  billing_address: countries.billing_country === undefined ? undefined : erasedAddress(countries.billing_country),
  notes: undefined,
  metadata: {},
  items: order.items.map((item) => ({ ...item, metadata: {} })),
  returns: order.returns.map((one) => ({ ...one, reason: undefined })),
  cancellation_reason: undefined,
});
