const forStaff = 'For staff, admin and services.';

/** What the filters of ListOrders mean. */
const filters: Readonly<Record<string, string>> = {
  payment_id: `With this payment. ${forStaff}`,
  tracking_number: `With a parcel of this number. ${forStaff}`,
  product_sku: `With a line of this SKU. ${forStaff}`,
  warehouse_id: `With a line from this warehouse. ${forStaff}`,
  held: `Whether fulfilment is on hold. ${forStaff}`,
  deadline_before: `With a deadline earlier than this. RFC 3339. ${forStaff}`,
  q:
    'Words, the last one as a prefix: all must be in the order number, emails, recipients, customer id, payment ids, tracking ' +
    `numbers, SKUs or product names. At most five seconds behind. ${forStaff}`,
  status: 'Repeatable; any of them.',
  order_number: 'How the number begins.',
  customer_id: 'Orders of this customer. A customer sees only their own in any case.',
};

/** The notes on these filters, for queries that have them. */
export const listNotes = (...queries: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    queries.flatMap((query) => Object.entries(filters).map(([field, note]) => [`${query}.${field}`, note] as const)),
  );
