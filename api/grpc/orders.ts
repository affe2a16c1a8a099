import type {
  EditHistoryEntry as EditHistoryLine,
  StatusHistoryEntry as StatusHistoryLine,
  StoredDocument,
} from '../../actors/order-reads.js';
import {
  CancelOrderItemsRequest,
  CancelOrderRequest,
  CreateOrderRequest,
  EditHistoryEntry,
  GetOrderEditHistoryRequest,
  GetOrderRequest,
  GetOrderStatusHistoryRequest,
  ItemQuantity,
  ListOrdersRequest,
  Order,
  OrderServiceService as service,
  StatusHistoryEntry,
  UpdateOrderRequest,
  UpdateOrderStatusRequest,
} from '../../proto/gen/order/v1/order.js';
import type { CallContext } from '../commands.js';
import { ok, type Result } from '../errors.js';
import type { Operations, OrderAnswer } from '../operations.js';
import { given, type MessageType } from './decode.js';
import { createOrderInput, updateInput } from './inputs.js';
import { createMethod, type Method, type Reply } from './method.js';
import { messagesOf } from './page.js';

/** JSON has no undefined: what a document lacks is absent, and an empty list in the message. */
const orderOf = ({ document }: StoredDocument): Order =>
  Order.fromPartial(JSON.parse(document) as Parameters<typeof Order.fromPartial>[0]);

const statusEntryOf = (entry: StatusHistoryLine): StatusHistoryEntry => ({ ...entry });
const editEntryOf = (entry: EditHistoryLine): EditHistoryEntry => ({ ...entry });

const etag = ({ version }: StoredDocument): Readonly<Record<string, string>> => ({ etag: `"${version}"` });

const metadataOf = ({ document, replayed }: OrderAnswer): Readonly<Record<string, string>> => ({
  ...etag(document),
  ...(replayed ? { 'idempotent-replayed': 'true' } : {}),
});

type OrderReply = Promise<Result<Reply<{ readonly order: Order }>>>;

/** The id stands in the path of REST and in the message here; the rest is the body. */
const change =
  <Q extends { readonly id: string }>(
    type: MessageType<Q>,
    call: (id: string, input: unknown, context: CallContext) => Promise<Result<OrderAnswer>>,
    more: (message: Q) => object = () => ({}),
  ) =>
  async (message: Q, context: CallContext): OrderReply => {
    const fields = Object.entries({ ...given(type, message), ...more(message) });
    const body = Object.fromEntries(fields.filter(([name, value]) => name !== 'id' && value !== undefined));
    const result = await call(message.id, body, context);
    if (!result.ok) return result;
    return ok({ message: { order: orderOf(result.value.document) }, metadata: metadataOf(result.value) });
  };

/**
 * The nine calls of SPEC section 1. A thin skin, as in REST: messages in, results and problems out. The same schemas
 * read the input, so the same faults are found.
 */
export const orderMethods = (operations: Operations): Readonly<Record<keyof typeof service, Method>> => ({
  createOrder: createMethod(
    service.createOrder,
    CreateOrderRequest,
    async (message, context) => {
      const result = await operations.createOrder(createOrderInput(message), context);
      if (!result.ok) return result;
      const { document, guestToken } = result.value;
      return ok({ message: { order: orderOf(document), guest_token: guestToken }, metadata: metadataOf(result.value) });
    },
    'long',
  ),

  getOrder: createMethod(service.getOrder, GetOrderRequest, async ({ id }, context) => {
    const result = await operations.getOrder(id, context);
    return result.ok ? ok({ message: { order: orderOf(result.value) }, metadata: etag(result.value) }) : result;
  }),

  listOrders: createMethod(service.listOrders, ListOrdersRequest, async (message, context) => {
    const { status, ...filter } = given(ListOrdersRequest, message);
    // No status asked for is any status; an empty list of them would match none.
    const result = await operations.listOrders(status?.length === 0 ? filter : { ...filter, status }, context);
    if (!result.ok) return result;
    const { messages, nextPageToken } = messagesOf(result.value, orderOf, Order);
    const { searchAsOf: search_as_of } = result.value;
    return ok({ message: { orders: messages, next_page_token: nextPageToken, search_as_of } });
  }),

  updateOrderStatus: createMethod(
    service.updateOrderStatus,
    UpdateOrderStatusRequest,
    change(UpdateOrderStatusRequest, operations.updateOrderStatus),
  ),

  updateOrder: createMethod(
    service.updateOrder,
    UpdateOrderRequest,
    change(UpdateOrderRequest, operations.updateOrder, updateInput),
    'long',
  ),

  cancelOrder: createMethod(
    service.cancelOrder,
    CancelOrderRequest,
    change(CancelOrderRequest, operations.cancelOrder),
  ),

  cancelOrderItems: createMethod(
    service.cancelOrderItems,
    CancelOrderItemsRequest,
    change(CancelOrderItemsRequest, operations.cancelOrderItems, ({ items }) => ({
      items: items.map((item) => given(ItemQuantity, item)),
    })),
  ),

  getOrderStatusHistory: createMethod(
    service.getOrderStatusHistory,
    GetOrderStatusHistoryRequest,
    async (message, context) => {
      const { order_id: _id, ...page } = given(GetOrderStatusHistoryRequest, message);
      const result = await operations.statusHistory(message.order_id, page, context);
      if (!result.ok) return result;
      const { messages, nextPageToken } = messagesOf(result.value, statusEntryOf, StatusHistoryEntry);
      return ok({ message: { history: messages, next_page_token: nextPageToken } });
    },
  ),

  getOrderEditHistory: createMethod(
    service.getOrderEditHistory,
    GetOrderEditHistoryRequest,
    async (message, context) => {
      const { order_id: _id, ...page } = given(GetOrderEditHistoryRequest, message);
      const result = await operations.editHistory(message.order_id, page, context);
      if (!result.ok) return result;
      const { messages, nextPageToken } = messagesOf(result.value, editEntryOf, EditHistoryEntry);
      return ok({ message: { edits: messages, next_page_token: nextPageToken } });
    },
  ),
});
