import type {
  CancelOrderItemsRequest,
  CreateOrderRequest,
  CreatedOrderAnswer,
  EditHistoryEntry,
  operations,
  Order,
  StatusHistoryEntry,
  UpdateOrderRequest,
  UpdateOrderStatusRequest,
} from './api.js';
import { type CallOptions, type ClientOptions, createTransport, type Request } from './transport.js';

/** Filters of a list, without the page. */
export type OrderFilters = Omit<NonNullable<operations['listOrders']['parameters']['query']>, 'page_token'>;

/** A created order, and whether the same request had created it before. */
export interface Created extends CreatedOrderAnswer {
  readonly replayed: boolean;
}

interface Page {
  readonly next_page_token?: string | null;
}

/** Calls of the order service. `id` is an order's id or number everywhere. */
export const createOrderClient = (options: ClientOptions) => {
  const send = createTransport(options);
  const at = (id: string, rest = ''): string => `/api/v1/orders/${encodeURIComponent(id)}${rest}`;
  const change = async (request: Request, call?: CallOptions): Promise<Order> =>
    (await send<{ order: Order }>(request, call)).body.order;

  async function* pages<P extends Page, T>(
    path: string,
    query: object,
    itemsOf: (page: P) => readonly T[],
    call?: CallOptions,
  ): AsyncGenerator<T, void, undefined> {
    let page_token: string | undefined;
    do {
      const { body } = await send<P>({ method: 'GET', path, query: { ...query, page_token } }, call);
      yield* itemsOf(body);
      page_token = body.next_page_token ?? undefined;
    } while (page_token !== undefined && page_token !== '');
  }

  return {
    create: async (order: CreateOrderRequest, call?: CallOptions): Promise<Created> => {
      const { body, replayed } = await send<CreatedOrderAnswer>(
        { method: 'POST', path: '/api/v1/orders', body: order },
        call,
      );
      return { ...body, replayed };
    },
    get: (id: string, call?: CallOptions): Promise<Order> => change({ method: 'GET', path: at(id) }, call),
    /** All orders that match, newest first, page by page: `for await (const order of orders.list({ status: ['shipped'] }))`. */
    list: (filters: OrderFilters = {}, call?: CallOptions): AsyncGenerator<Order, void, undefined> =>
      pages<Page & { orders: Order[] }, Order>('/api/v1/orders', filters, ({ orders }) => orders, call),
    updateStatus: (id: string, body: UpdateOrderStatusRequest, call?: CallOptions): Promise<Order> =>
      change({ method: 'PUT', path: at(id, '/status'), body }, call),
    update: (id: string, body: UpdateOrderRequest, call?: CallOptions): Promise<Order> =>
      change({ method: 'PUT', path: at(id), body }, call),
    cancel: (id: string, reason: string, call?: CallOptions): Promise<Order> =>
      change({ method: 'POST', path: at(id, '/cancel'), body: { reason } }, call),
    cancelItems: (id: string, body: CancelOrderItemsRequest, call?: CallOptions): Promise<Order> =>
      change({ method: 'POST', path: at(id, '/cancel-items'), body }, call),
    statusHistory: (id: string, call?: CallOptions): AsyncGenerator<StatusHistoryEntry, void, undefined> =>
      pages<Page & { history: StatusHistoryEntry[] }, StatusHistoryEntry>(
        at(id, '/status-history'),
        {},
        ({ history }) => history,
        call,
      ),
    editHistory: (id: string, call?: CallOptions): AsyncGenerator<EditHistoryEntry, void, undefined> =>
      pages<Page & { edits: EditHistoryEntry[] }, EditHistoryEntry>(
        at(id, '/edit-history'),
        {},
        ({ edits }) => edits,
        call,
      ),
    /** Any other call of the API, with the same retries and errors. */
    request: async <T>(request: Request, call?: CallOptions): Promise<T> => (await send<T>(request, call)).body,
  };
};

/** See {@link createOrderClient}. */
export type OrderClient = ReturnType<typeof createOrderClient>;
