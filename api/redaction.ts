import type { StoredDocument } from '../actors/order-reads.js';
import type { Caller, Order } from '../actors/rules/order.js';

/** Whether a caller is one of the shop's own. */
export const isStaffOrService = ({ type }: Caller): boolean => type !== 'customer' && type !== 'guest';

/** A document as this caller may see it: why fulfilment is on hold, and by whom, is for staff and services. */
export const seenBy = <T extends StoredDocument>(caller: Caller, stored: T): T => {
  if (isStaffOrService(caller) || !stored.document.includes('"hold":')) return stored;
  const order = JSON.parse(stored.document) as Order;
  if (order.hold === undefined) return stored;
  const { at, until } = order.hold;
  return { ...stored, document: JSON.stringify({ ...order, hold: { at, until } }) };
};
