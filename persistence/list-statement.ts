import type { ListFilter } from '../actors/order-reads.js';

/** A condition on `orders o`, with the value of its one parameter. */
interface Condition {
  readonly sql: (parameter: string) => string;
  readonly value: unknown;
}

const when = <T>(
  given: T | undefined,
  sql: Condition['sql'],
  toValue: (value: T) => unknown = (same) => same,
): readonly Condition[] => (given === undefined ? [] : [{ sql, value: toValue(given) }]);

/** The text just above every text with this beginning, in the order of the bytes. */
const prefixEnd = (prefix: string): string => `${prefix}\u{10ffff}`;

const dayMs = 86_400_000;

/** Days around those that a number names: its day is taken in the shop's time zone. */
const marginDays = 2;

/**
 * When orders whose number begins like this were created, as far as it names a year (`ORD-2026`, `ORD-202601`): without
 * these bounds, Postgres may walk all orders by time to find the few with this number.
 */
const createdWithin = (prefix: string): { readonly from: string; readonly to: string } | undefined => {
  const digits = /^ORD-(\d{4,8})/.exec(prefix)?.[1];
  const year = Number(digits?.slice(0, 4));
  if (digits === undefined || year < 1970 || year > 9_000) return undefined;
  const dayOf = (filled: string): number => {
    const [month, day] = [Number(filled.slice(4, 6)), Number(filled.slice(6, 8))];
    return Date.UTC(year, Math.min(12, Math.max(1, month)) - 1, Math.min(31, Math.max(1, day)));
  };
  return {
    from: new Date(dayOf(digits.padEnd(8, '0')) - marginDays * dayMs).toISOString(),
    to: new Date(dayOf(digits.padEnd(8, '9')) + (marginDays + 1) * dayMs).toISOString(),
  };
};

/** A number with its day and more is found by its index, also that of an imported order, created on any other day. */
const namesFewOrders = (prefix: string): boolean => /^ORD-\d{8}-\d/.test(prefix);

const numberConditions = (prefix: string): readonly Condition[] => {
  const created = namesFewOrders(prefix) ? undefined : createdWithin(prefix);
  return [
    { sql: (p: string) => `o.order_number >= ${p}`, value: prefix },
    { sql: (p: string) => `o.order_number < ${p}`, value: prefixEnd(prefix) },
    ...(created === undefined
      ? []
      : [
          { sql: (p: string) => `o.created_at >= ${p}::timestamptz`, value: created.from },
          { sql: (p: string) => `o.created_at < ${p}::timestamptz`, value: created.to },
        ]),
  ];
};

/** What an index finds by itself, whatever the planner believes of how much that is: payments and parcels are few each. */
const foundFirst = (condition: string): string => `o.id = any(array(select f.id from orders f where ${condition}))`;

const hasLine = (condition: string): string =>
  `exists (select from order_items i where i.order_id = o.id and ${condition})`;

const paymentIds = `jsonb_path_query_array(f.payments, '$[*].payment_id')`;
const parcels = `coalesce(f.document -> 'shipments', f.document -> 'shipment')::jsonb`;
const trackingNumbers = `jsonb_path_query_array(${parcels}, '$[*].tracking_number')`;
/** As the index says it: only orders that have left have parcels. */
const hasLeft = `f.status not in ('confirmed', 'processing', 'cancelled')`;

const lowerCase = (text: string): string => text.toLowerCase();
const inJson = (text: string): string => JSON.stringify([text]);

const conditions = (filter: ListFilter): readonly Condition[] => [
  ...filter.customerIds.map((id) => ({ sql: (p: string) => `o.customer_id = ${p}`, value: id })),
  ...when(filter.statuses, (p) => `o.status = any(${p}::text[])`),
  ...when(filter.paymentStatus, (p) => `o.payment_status = ${p}`),
  ...when(filter.createdAfter, (p) => `o.created_at > ${p}::timestamptz`),
  ...when(filter.createdBefore, (p) => `o.created_at < ${p}::timestamptz`),
  ...when(filter.updatedAfter, (p) => `o.updated_at > ${p}::timestamptz`),
  ...(filter.numberPrefix === undefined ? [] : numberConditions(filter.numberPrefix)),
  ...when(filter.guestEmail, (p) => `lower(o.guest_email) = ${p} and o.guest_email is not null`, lowerCase),
  ...when(filter.paymentId, (p) => foundFirst(`${paymentIds} @> ${p}::jsonb`), inJson),
  ...when(filter.trackingNumber, (p) => foundFirst(`${hasLeft} and ${trackingNumbers} @> ${p}::jsonb`), inJson),
  ...when(filter.productSku, (p) => hasLine(`i.product_sku = ${p}`)),
  ...when(filter.warehouseId, (p) => hasLine(`i.warehouse_id = ${p}`)),
  ...when(filter.held, (p) => `o.held = ${p}::boolean`),
  ...when(filter.deadlineBefore, (p) => `o.deadline_at < ${p}::timestamptz`),
];

/** A statement with its parameters. */
interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

const columns = `o.id, o.version, o.document::text as document,
  to_char(o.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at`;

const restriction = (where: readonly string[]): string => (where.length === 0 ? '' : `where ${where.join(' and ')}`);

/** Numbers parameters as they are used. */
const createParameters = () => {
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  return { values, parameter };
};

const afterPosition = ({ after }: ListFilter, parameter: (value: unknown) => string, id: string): readonly string[] =>
  after === undefined
    ? []
    : [`(created_at, ${id}) < (${parameter(after.created_at)}::timestamptz, ${parameter(after.id)}::uuid)`];

/** How many bytes a compressed document has for each that is stored, about: to find out would be to read it. */
const expansion = 8;

/** The first of these orders, as many as have about so many bytes, and one more; the others are not read. */
const enoughOf = (orders: string, bytes: string): string => `select o.id, o.version, o.document::text as document,
  to_char(o.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at, o.is_cut as "isCut"
from (
  select p.*, lead(before) over newest >= ${bytes}::bigint as is_cut
  from (
    select *, sum(bytes) over newest - bytes as before from (
      select o.*, pg_column_size(o.document) * case when pg_column_compression(o.document) is null then 1 else ${expansion} end as bytes
      from (${orders}) o
    ) sized
    window newest as (order by created_at desc, id desc)
  ) p
  window newest as (order by created_at desc, id desc)
) o
where o.before < ${bytes}::bigint
order by o.created_at desc, o.id desc`;

/** Newest first, from a place on: the keyset makes every page cost the same, however deep. */
export const listStatement = (filter: ListFilter): Statement => {
  const { values, parameter } = createParameters();
  const where = [
    ...conditions(filter).map(({ sql, value }) => sql(parameter(value))),
    ...afterPosition(filter, parameter, 'o.id'),
  ];
  const which = `from orders o ${restriction(where)} order by o.created_at desc, o.id desc limit ${parameter(filter.limit)}`;
  return {
    text:
      filter.enoughBytes === undefined
        ? `select ${columns}\n${which}`
        : enoughOf(`select o.id, o.version, o.document, o.created_at ${which}`, parameter(filter.enoughBytes)),
    values,
  };
};

/** How many of the newest orders are looked through before the index of words is asked. */
const newest = 1_000;

/**
 * The same for orders with some words. Words of many orders fill a page from the newest ones, which are looked through in
 * order; words of few are found by the index, and sorted. So neither sorts, nor looks through, more than it must.
 *
 * @param words a `tsquery`
 * @param among only the newest orders, or all
 */
export const searchStatement = (filter: ListFilter, words: string, among: 'newest' | 'all'): Statement => {
  const { values, parameter } = createParameters();
  const hasWords = `words @@ ${parameter(words)}::tsquery`;
  const place = [
    ...when(filter.createdBefore, (p) => `created_at < ${p}::timestamptz`).map(({ sql, value }) =>
      sql(parameter(value)),
    ),
    ...afterPosition(filter, parameter, 'order_id'),
  ];
  const where = conditions(filter).map(({ sql, value }) => sql(parameter(value)));
  const inner = among === 'all' ? [hasWords, ...place] : place;
  const outer = among === 'all' ? where : [`s.${hasWords}`, ...where];
  return {
    text: `select ${columns}
from (
  select order_id, created_at, words from order_search ${restriction(inner)}
  order by created_at desc, order_id desc ${among === 'all' ? 'offset 0' : `limit ${newest}`}
) s
join orders o on o.id = s.order_id
${restriction(outer)} order by s.created_at desc, s.order_id desc limit ${parameter(filter.limit)}`,
    values,
  };
};
