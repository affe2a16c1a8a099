import type { Logger } from 'pino';
import type { ListPosition, OrderReads, StoredDocument } from '../actors/order-reads.js';
import type { Order } from '../actors/rules/order.js';
import { csvLines, type CsvValue, toCsv } from './csv.js';
import { roleRefusal } from './caller.js';
import type { CallContext } from './commands.js';
import { fail, ok, type Result, unavailable } from './errors.js';
import { filterOf } from './list-filter.js';
import { read } from './schemas/faults.js';
import { exportOrdersQuery } from './schemas/requests.js';

/** A running export: text in portions, each read when the previous one has been taken. */
export interface OrderExport {
  readonly mediaType: string;
  /** Name of the file. */
  readonly name: string;
  /** After a search by words: every change before this moment was searched. RFC 3339 UTC */
  readonly searchAsOf: string | undefined;
  readonly portions: AsyncIterable<string>;
}

/** What an export needs. */
export interface ExportDeps {
  readonly reads: Pick<OrderReads, 'list' | 'searchedUntil'>;
  readonly now: () => Date;
  readonly log: Logger;
}

/** Orders in memory at once. */
const portionSize = 100;

const orderColumns = [
  'id',
  'order_number',
  'customer_id',
  'guest_email',
  'status',
  'currency',
  'subtotal',
  'tax_amount',
  'shipping_amount',
  'discount_amount',
  'total_amount',
  'captured_amount',
  'refunded_amount',
  'payment_id',
  'payment_method',
  'payment_status',
  'notes',
  'created_at',
  'updated_at',
  'cancelled_at',
  'completed_at',
  'cancellation_reason',
  'created_by_service',
  'version',
] as const satisfies readonly (keyof Order)[];

const itemColumns = [
  'id',
  'product_id',
  'product_sku',
  'product_name',
  'quantity',
  'cancelled_quantity',
  'returned_quantity',
  'unit_price',
  'total_price',
  'discount_amount',
  'tax_amount',
  'warehouse_id',
  'reservation_id',
] as const satisfies readonly (keyof Order['items'][number])[];

const columns = [...orderColumns, ...itemColumns.map((column) => `item_${column}`)];

/** One row for each item. */
const rowsOf = (order: Order): readonly Readonly<Record<string, CsvValue | undefined>>[] => {
  const ofOrder = Object.fromEntries(orderColumns.map((column) => [column, order[column]]));
  return order.items.map((item) => ({
    ...ofOrder,
    ...Object.fromEntries(itemColumns.map((column) => [`item_${column}`, item[column]])),
  }));
};

const formats = {
  ndjson: {
    mediaType: 'application/x-ndjson',
    head: '',
    textOf: ({ document }: StoredDocument): string => `${document}\n`,
  },
  csv: {
    mediaType: 'text/csv',
    head: toCsv(columns, []),
    textOf: ({ document }: StoredDocument): string => csvLines(columns, rowsOf(JSON.parse(document) as Order)),
  },
} as const;

const earlier = (a: string, b: string | undefined): string =>
  b !== undefined && Date.parse(b) < Date.parse(a) ? b : a;

/** ExportOrders: all orders that the filters of ListOrders find, without those created after its start. */
export const createExport = ({ reads, now, log }: ExportDeps) => {
  const pages = async function* (
    filter: ReturnType<typeof filterOf>,
  ): AsyncGenerator<readonly (StoredDocument & ListPosition)[]> {
    for (let after: ListPosition | undefined; ;) {
      const page = await reads.list({ ...filter, after, limit: portionSize });
      yield page;
      if (page.length < portionSize) return;
      after = page.at(-1);
    }
  };

  return async (input: unknown, { caller }: CallContext): Promise<Result<OrderExport>> => {
    const refused = roleRefusal(caller, 'export');
    if (refused !== undefined) return fail(refused);
    const query = read(exportOrdersQuery, input);
    if (!query.ok) return query;
    const { format, ...filters } = query.value;
    const { mediaType, head, textOf } = formats[format];
    const start = now().toISOString();
    const filter = filterOf(caller, { ...filters, created_before: earlier(start, filters.created_before) });
    const searchAsOf = filter.q === undefined ? undefined : await reads.searchedUntil();
    if (filter.q !== undefined && searchAsOf === undefined) return fail(unavailable);
    // The first page is read before the answer begins, so that what fails at once is answered as a problem.
    const rest = pages(filter);
    const first = await rest.next();

    const portions = async function* (): AsyncGenerator<string> {
      if (head !== '') yield head;
      try {
        for (let page = first; page.done !== true; page = await rest.next()) yield page.value.map(textOf).join('');
      } catch (error) {
        log.error({ err: error }, 'an export broke off');
        throw error;
      }
    };
    const name = `orders-${start.slice(0, 19).replace(/[-:]/g, '')}Z.${format}`;
    return ok({ mediaType, name, searchAsOf, portions: portions() });
  };
};
