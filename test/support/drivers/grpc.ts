import { type ChannelOptions, credentials } from '@grpc/grpc-js';
import type { EditHistoryEntry, StatusHistoryEntry } from '../../../actors/order-reads.js';
import type { OrderChange } from '../../../actors/rules/changes.js';
import type { Order } from '../../../actors/rules/order.js';
import * as messages from '../../../proto/gen/order/v1/order.js';
import type { StackDescription } from '../../../scripts/stack-types.js';
import type { Body, Driver, Query } from '../driver.js';
import { createGrpcCall, pageOf, plain } from './grpc-call.js';

/** The gRPC gateway of a replica (1, 2), with more options for its channel if wanted. */
export const createGrpcDriver = (stack: StackDescription, replica = 1, options: ChannelOptions = {}): Driver => {
  const client = new messages.OrderServiceClient(stack.replicas[replica - 1]!.grpc, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    ...options,
  });

  const call = createGrpcCall(stack, client);

  const list = (query: Query): Body => ({
    ...query,
    ...(query['status'] === undefined ? {} : { status: [query['status']].flat() }),
  });

  return {
    name: 'gRPC',
    protocol: 'grpc',
    fixedCaller: undefined,
    createOrder: async (body, options) =>
      (await call(client.createOrder, messages.CreateOrderRequest.fromPartial(body as object), options))[0],
    getOrder: async (id, options) => (await call(client.getOrder, { id }, options))[0],
    getOrderAt: async (id, moment, options) =>
      (await call(client.getOrder, messages.GetOrderRequest.fromPartial({ ...moment, id }), options))[0],
    orderDiff: async (id, versions, options) => {
      const request = messages.GetOrderDiffRequest.fromPartial({ ...versions, id });
      const [answer, message] = await call(client.getOrderDiff, request, options);
      return { ...answer, changes: plain(message?.changes) as readonly OrderChange[] | undefined };
    },
    listOrders: async (query, options) =>
      pageOf<messages.ListOrdersResponse, Order>(
        await call(client.listOrders, messages.ListOrdersRequest.fromPartial(list(query)), options),
        ({ orders }) => orders,
      ),
    updateOrderStatus: async (id, body, options) =>
      (
        await call(client.updateOrderStatus, messages.UpdateOrderStatusRequest.fromPartial({ ...body, id }), options)
      )[0],
    updateOrder: async (id, body, options) =>
      (await call(client.updateOrder, messages.UpdateOrderRequest.fromPartial({ ...body, id }), options))[0],
    cancelOrder: async (id, body, options) =>
      (await call(client.cancelOrder, messages.CancelOrderRequest.fromPartial({ ...body, id }), options))[0],
    cancelOrderItems: async (id, body, options) =>
      (await call(client.cancelOrderItems, messages.CancelOrderItemsRequest.fromPartial({ ...body, id }), options))[0],
    statusHistory: async (id, query = {}, options = {}) =>
      pageOf<messages.GetOrderStatusHistoryResponse, StatusHistoryEntry>(
        await call(
          client.getOrderStatusHistory,
          messages.GetOrderStatusHistoryRequest.fromPartial({ ...query, order_id: id }),
          options,
        ),
        ({ history }) => history,
      ),
    editHistory: async (id, query = {}, options = {}) =>
      pageOf<messages.GetOrderEditHistoryResponse, EditHistoryEntry>(
        await call(
          client.getOrderEditHistory,
          messages.GetOrderEditHistoryRequest.fromPartial({ ...query, order_id: id }),
          options,
        ),
        ({ edits }) => edits,
      ),
  };
};
