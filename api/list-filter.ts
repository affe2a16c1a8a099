import type { z } from 'zod';
import type { ListFilter } from '../actors/order-reads.js';
import type { Caller } from '../actors/rules/order-parts.js';
import { fail, ok, type Result } from './errors.js';
import { readListToken } from './page-token.js';
import { isStaffOrService } from './redaction.js';
import { read } from './schemas/faults.js';
import { type exportOrdersQuery, listOrdersQuery, staffFilters } from './schemas/requests.js';

/** The filters of an input that are for staff and services only; the role is checked before anything else is read. */
const staffFiltersIn = (input: unknown): readonly string[] =>
  typeof input === 'object' && input !== null
    ? staffFilters.filter((name) => (input as Readonly<Record<string, unknown>>)[name] !== undefined)
    : [];

type Filters = Omit<z.output<typeof exportOrdersQuery>, 'format'>;

/** The filters of a query, of which customers get only their own orders. */
export const filterOf = (caller: Caller, { customer_id, ...filter }: Filters): Omit<ListFilter, 'after' | 'limit'> => ({
  customerIds: [
    ...(customer_id === undefined ? [] : [customer_id]),
    ...(caller.type === 'customer' ? [caller.id] : []),
  ],
  statuses: filter.status,
  paymentStatus: filter.payment_status,
  createdAfter: filter.created_after,
  createdBefore: filter.created_before,
  updatedAfter: filter.updated_after,
  numberPrefix: filter.order_number,
  guestEmail: filter.guest_email,
  paymentId: filter.payment_id,
  trackingNumber: filter.tracking_number,
  productSku: filter.product_sku,
  warehouseId: filter.warehouse_id,
  held: filter.held,
  deadlineBefore: filter.deadline_before,
  q: filter.q,
});

/** What a caller asks ListOrders for. `limit` is the size of a page. */
export const listFilter = (caller: Caller, input: unknown): Result<ListFilter> => {
  const [notTheirs] = isStaffOrService(caller) ? [] : staffFiltersIn(input);
  if (notTheirs !== undefined)
    return fail({ code: 'forbidden', detail: `A ${caller.type} may not list orders by ${notTheirs}.` });
  const query = read(listOrdersQuery, input);
  if (!query.ok) return query;
  const { page_size: limit, page_token, ...filters } = query.value;
  const after = page_token === undefined ? undefined : readListToken(page_token);
  return ok({ ...filterOf(caller, filters), after, limit });
};
