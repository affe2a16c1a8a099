import type { Logger } from 'pino';
import type { BulkRequests } from '../actors/bulk-requests.js';
import { isForStaff } from '../actors/rules/history.js';
import { isStaffOrService, type PreviewAnswer, seenBy } from './redaction.js';
import type { Order } from '../actors/rules/order.js';
import { roleRefusal } from './caller.js';
import { answerTo, type ChangeOrder, commandOf, type OrderAnswer } from './change-order.js';
import { type CallContext, commandIdOf, type Commands } from './commands.js';
import { fail, noSuchVersion, ok, type Result, unavailable } from './errors.js';
import { createExport, type OrderExport } from './export.js';
import type { GuestTokens } from './guest-token.js';
import { listFilter } from './list-filter.js';
import { mostPageBytesOf, type Page, toPage } from './page.js';
import { readHistoryToken } from './page-token.js';
import type {
  EditHistoryEntry,
  OrderReads,
  Placed,
  StatusHistoryEntry,
  StoredDocument,
} from '../actors/order-reads.js';
import { momentQuery } from './schemas/audit.js';
import type { createOrderReader } from './schemas/create-order.js';
import type { PriceCheck } from './prices.js';
import { invalid, read, withFaults } from './schemas/faults.js';
import { cancelBody, cancelItemsBody, changeStatusBody, historyQuery, updateBody } from './schemas/requests.js';
import type { VisibleOrder } from './visible-order.js';

/** CreateOrder's answer; a guest gets the token of the one order. */
export interface CreateAnswer extends OrderAnswer {
  readonly guestToken: string | undefined;
}

/** A page of orders. */
export interface OrderList extends Page<StoredDocument> {
  /** After a search by words: every change before this moment was searched. RFC 3339 UTC */
  readonly searchAsOf: string | undefined;
}

/** The calls, for every gateway: raw input in, result or problem out. */
export interface Operations {
  createOrder(input: unknown, context: CallContext): Promise<Result<CreateAnswer | PreviewAnswer>>;
  /** @param input which moment of the order; empty: the present */
  getOrder(id: string, input: unknown, context: CallContext): Promise<Result<StoredDocument>>;
  listOrders(input: unknown, context: CallContext): Promise<Result<OrderList>>;
  exportOrders(input: unknown, context: CallContext): Promise<Result<OrderExport>>;
  updateOrderStatus(id: string, input: unknown, context: CallContext): Promise<Result<OrderAnswer | PreviewAnswer>>;
  updateOrder(id: string, input: unknown, context: CallContext): Promise<Result<OrderAnswer | PreviewAnswer>>;
  cancelOrder(id: string, input: unknown, context: CallContext): Promise<Result<OrderAnswer | PreviewAnswer>>;
  cancelOrderItems(id: string, input: unknown, context: CallContext): Promise<Result<OrderAnswer | PreviewAnswer>>;
  statusHistory(id: string, input: unknown, context: CallContext): Promise<Result<Page<StatusHistoryEntry>>>;
  editHistory(id: string, input: unknown, context: CallContext): Promise<Result<Page<EditHistoryEntry>>>;
}

/** What the operations depend on. */
export interface OperationsDeps {
  readonly commands: Commands;
  readonly change: ChangeOrder;
  readonly reads: OrderReads;
  readonly visibleOrder: VisibleOrder;
  readonly guests: GuestTokens;
  readonly requests: Pick<BulkRequests, 'find'>;
  readonly readCreate: ReturnType<typeof createOrderReader>;
  /** Prices against the list, where that is switched on; no faults where it is not. */
  readonly checkPrices: PriceCheck;
  readonly now: () => Date;
  readonly log: Logger;
}

/** One core for REST, gRPC and service invocation. */
export const createOperations = (deps: OperationsDeps): Operations => {
  const { commands, reads, guests, change, visibleOrder } = deps;

  /** The guest token of an order, the same with every repeat of its creation; none once the order is a customer's. */
  const tokenOf = async ({ document }: StoredDocument): Promise<string | undefined> => {
    const { id, customer_id, created_at } = JSON.parse(document) as Order;
    return customer_id === undefined ? guests.sign(id, { orderCreatedAt: new Date(created_at) }) : undefined;
  };

  const isRepeat = async (context: CallContext): Promise<boolean> =>
    context.idempotencyKey !== undefined && (await deps.requests.find(commandIdOf(context))) !== undefined;

  const history = async <T>(
    id: string,
    input: unknown,
    context: CallContext,
    load: (id: string, after: ReturnType<typeof readHistoryToken>, limit: number) => Promise<readonly Placed<T>[]>,
  ): Promise<Result<Page<T>>> => {
    const refused = roleRefusal(context.caller, 'history');
    if (refused !== undefined) return fail(refused);
    const query = read(historyQuery, input);
    if (!query.ok) return query;
    const { page_size, page_token } = query.value;
    const after = page_token === undefined ? undefined : readHistoryToken(page_token);
    const order = await visibleOrder(id, context);
    if (!order.ok) return order;
    const entries = await load(order.value.id, after, page_size + 1);
    const mostBytes = mostPageBytesOf(context.caller);
    return ok(toPage(entries, page_size, (entry) => JSON.stringify(entry), { mostBytes }));
  };

  return {
    createOrder: async (input, context) => {
      const { caller } = context;
      const refused = roleRefusal(caller, 'create');
      if (refused !== undefined) return fail(refused);
      const order = deps.readCreate(input, caller.id);
      const prices = await deps.checkPrices(input);
      if (!order.ok) return withFaults(order, prices);
      // A repeat is answered whatever the price list says by now.
      if (prices.length > 0 && !(await isRepeat(context))) return invalid(prices);
      const taken = await commands.create({ type: 'create', order: order.value }, context);
      if (!taken.ok) return taken;
      const answered = await answerTo(taken.value, context, reads);
      if (!answered.ok) return answered;
      if ('preview' in answered.value) return ok(answered.value);
      const guestToken = order.value.customer_id === undefined ? await tokenOf(answered.value.document) : undefined;
      return ok({ ...answered.value, guestToken });
    },

    getOrder: async (id, input, context) => {
      const { caller } = context;
      const refused = roleRefusal(caller, 'get');
      if (refused !== undefined) return fail(refused);
      const moment = read(momentQuery, input);
      if (!moment.ok) return moment;
      const present = await visibleOrder(id, context);
      if (!present.ok) return present;
      const { version, at } = moment.value;
      if (version === undefined && at === undefined) return ok(seenBy(caller, present.value));
      const past = await reads.past(present.value.id, version === undefined ? { at: at ?? '' } : { version });
      return past === undefined ? fail(noSuchVersion) : ok(seenBy(caller, past));
    },

    listOrders: async (input, context) => {
      const { caller } = context;
      const refused = roleRefusal(caller, 'list');
      if (refused !== undefined) return fail(refused);
      const filter = listFilter(caller, input);
      if (!filter.ok) return filter;
      const { q, limit: size } = filter.value;
      // Before the search, so that it is true of what is found.
      const searchAsOf = q === undefined ? undefined : await reads.searchedUntil();
      if (q !== undefined && searchAsOf === undefined) return fail(unavailable);
      const mostBytes = mostPageBytesOf(caller);
      const enoughBytes = isStaffOrService(caller) ? undefined : mostBytes;
      const rows = await reads.list({ ...filter.value, limit: size + 1, enoughBytes });
      const placed = rows.map((row) => ({
        at: { created_at: row.created_at, id: row.id },
        entry: seenBy(caller, row),
      }));
      const isCut = rows.at(-1)?.isCut === true;
      return ok({ ...toPage(placed, size, ({ document }) => document, { mostBytes, isCut }), searchAsOf });
    },

    exportOrders: createExport(deps),

    updateOrderStatus: (id, input, context) =>
      change('change_status', id, commandOf('change_status', read(changeStatusBody, input)), context),
    updateOrder: (id, input, context) => change('update', id, commandOf('update', read(updateBody, input)), context),
    cancelOrder: (id, input, context) => change('cancel', id, commandOf('cancel', read(cancelBody, input)), context),
    cancelOrderItems: (id, input, context) =>
      change('cancel_items', id, commandOf('cancel_items', read(cancelItemsBody, input)), context),

    statusHistory: (id, input, context) => history(id, input, context, reads.statusHistory),
    editHistory: (id, input, context) =>
      history(id, input, context, (orderId, after, limit) =>
        reads.editHistory(orderId, after, limit, {
          hidden: isStaffOrService(context.caller) ? undefined : isForStaff,
          enoughBytes: mostPageBytesOf(context.caller),
        }),
      ),
  };
};
