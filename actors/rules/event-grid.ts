import type { OrderTopic } from './order.js';
import type { Status } from './transitions.js';

/** What becomes of an event. `apply` may still turn out stale, early or a conflict by its own content. */
export type Verdict = 'apply' | 'stale' | 'early' | 'conflict';

/**
 * Every topic × every status, decided. Repeats (the same payment, refund, parcel or return) are stale whatever it says.
 * docs/events.md shows the same table; a test keeps the two together.
 */
export const eventGrid = {
  'payment.authorized': {
    confirmed: 'apply',
    processing: 'apply',
    shipped: 'apply',
    delivered: 'apply',
    partially_returned: 'apply',
    returned: 'apply',
    cancelled: 'apply',
  },
  'payment.completed': {
    confirmed: 'apply',
    processing: 'apply',
    shipped: 'apply',
    delivered: 'apply',
    partially_returned: 'apply',
    returned: 'apply',
    cancelled: 'apply',
  },
  'payment.failed': {
    confirmed: 'apply',
    processing: 'apply',
    shipped: 'apply',
    delivered: 'apply',
    partially_returned: 'apply',
    returned: 'apply',
    cancelled: 'apply',
  },
  'payment.refunded': {
    confirmed: 'apply',
    processing: 'apply',
    shipped: 'apply',
    delivered: 'apply',
    partially_returned: 'apply',
    returned: 'apply',
    cancelled: 'apply',
  },
  'fulfillment.started': {
    confirmed: 'apply',
    processing: 'stale',
    shipped: 'stale',
    delivered: 'stale',
    partially_returned: 'stale',
    returned: 'stale',
    cancelled: 'stale',
  },
  'shipping.shipped': {
    confirmed: 'early',
    processing: 'apply',
    shipped: 'apply',
    delivered: 'apply',
    partially_returned: 'apply',
    returned: 'stale',
    cancelled: 'conflict',
  },
  'shipping.delivered': {
    confirmed: 'early',
    processing: 'early',
    shipped: 'apply',
    delivered: 'apply',
    partially_returned: 'apply',
    returned: 'stale',
    cancelled: 'conflict',
  },
  'return.requested': {
    confirmed: 'early',
    processing: 'early',
    shipped: 'apply',
    delivered: 'apply',
    partially_returned: 'apply',
    returned: 'conflict',
    cancelled: 'conflict',
  },
  'return.completed': {
    confirmed: 'early',
    processing: 'early',
    shipped: 'apply',
    delivered: 'apply',
    partially_returned: 'apply',
    returned: 'conflict',
    cancelled: 'conflict',
  },
} as const satisfies Record<OrderTopic, Record<Status, Verdict>>;
