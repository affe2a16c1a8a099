import type { StoredDocument } from '../actors/order-reads.js';
import { isForStaff } from '../actors/rules/history.js';
import type { Caller, Hold } from '../actors/rules/order-parts.js';
import type { Order } from '../actors/rules/order.js';
import type { Preview, PreviewedOrder } from '../actors/rules/preview.js';

/** A preview as callers get it: customers and guests do not learn why, nor by whom, an order is held. */
export interface PreviewAnswer {
  readonly preview: Omit<Preview, 'order'> & {
    readonly order: Omit<PreviewedOrder, 'hold'> & { readonly hold?: (Partial<Hold> & Pick<Hold, 'at'>) | undefined };
  };
}

/** Whether a caller is one of the shop's own. */
export const isStaffOrService = ({ type }: Caller): boolean => type !== 'customer' && type !== 'guest';

/** What is left of a hold for those who are not to know why, nor by whom. */
const withoutReason = <T extends Pick<Order, 'hold'>>(order: T) =>
  order.hold === undefined ? order : { ...order, hold: { at: order.hold.at, until: order.hold.until } };

/** What a call would do, as this caller may see it. */
export const previewSeenBy = (caller: Caller, preview: Preview): PreviewAnswer['preview'] =>
  isStaffOrService(caller)
    ? preview
    : {
        ...preview,
        order: withoutReason(preview.order),
        changes: preview.changes.filter(({ path }) => !isForStaff(path)),
      };

/** A document as this caller may see it: why fulfilment is on hold, and by whom, is for staff and services. */
export const seenBy = <T extends StoredDocument>(caller: Caller, stored: T): T => {
  if (isStaffOrService(caller) || !stored.document.includes('"hold":')) return stored;
  const order = JSON.parse(stored.document) as Order;
  return order.hold === undefined ? stored : { ...stored, document: JSON.stringify(withoutReason(order)) };
};
