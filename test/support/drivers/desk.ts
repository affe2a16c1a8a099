import { type ChannelOptions, credentials } from '@grpc/grpc-js';
import * as messages from '../../../proto/gen/order/v1/staff.js';
import { sidecarHeaders } from '../../../scripts/readiness.js';
import type { StackDescription } from '../../../scripts/stack-types.js';
import type { KeptOrder } from '../../../api/erase-orders.js';
import type { ActionAnswer } from '../../../api/order-actions.js';
import { OrderServiceClient } from '../../../proto/gen/order/v1/order.js';
import type { Answer, Body, BulkView, CallOptions } from '../driver.js';
import { staff } from '../orders.js';
import { bearer } from './bearer.js';
import { createGrpcCall, plain } from './grpc-call.js';
import { createSend } from './http.js';

/** The calls of the support desk over one surface. Without other options, staff calls. */
export interface DeskDriver {
  readonly name: string;
  readonly protocol: 'http' | 'grpc';
  hold(id: string, body: Body, options?: CallOptions): Promise<Answer>;
  release(id: string, body?: Body, options?: CallOptions): Promise<Answer>;
  restore(id: string, body?: Body, options?: CallOptions): Promise<Answer>;
  actions(id: string, options?: CallOptions): Promise<ActionsView>;
  bulk(body: Body, options?: CallOptions): Promise<BulkAnswer>;
  erase(body: Body, options?: CallOptions): Promise<EraseAnswer>;
}

/** What can be done with an order. */
export interface ActionsView extends Answer {
  readonly version: number | undefined;
  readonly actions: readonly ActionAnswer[];
}

/** The result of a bulk request. */
export interface BulkAnswer extends Answer {
  readonly results: readonly BulkView[];
}

/** The result of a request to erase. */
export interface EraseAnswer extends Answer {
  readonly erased: number | undefined;
  readonly kept: readonly KeptOrder[];
}

type Send = ReturnType<typeof createSend>;

const overHttp = (name: string, send: Send, byDefault: CallOptions): DeskDriver => {
  const post =
    (path: string) =>
    async (id: string, body?: Body, options = byDefault): Promise<Answer> =>
      (await send('POST', `/${encodeURIComponent(id)}/${path}`, body, options))[0];
  return {
    name,
    protocol: 'http',
    hold: post('hold'),
    release: post('release'),
    restore: post('restore'),
    actions: async (id, options = byDefault) => {
      const [answer, { version, actions = [] }] = await send(
        'GET',
        `/${encodeURIComponent(id)}/actions`,
        undefined,
        options,
      );
      return { ...answer, version, actions };
    },
    bulk: async (body, options = byDefault) => {
      const [answer, { results = [] }] = await send('POST', '/bulk', body, options);
      return { ...answer, results };
    },
    erase: async (body, options = byDefault) => {
      const [answer, { erased, kept = [] }] = await send('POST', '/erase', body, options);
      return { ...answer, erased, kept };
    },
  };
};

/** Over the REST gateway of a replica (1, 2). */
export const createRestDeskDriver = (stack: StackDescription, replica = 1): DeskDriver => {
  const send = createSend({
    orders: `${stack.replicas[replica - 1]!.rest}/api/v1/orders`,
    identify: async (options) => {
      const authorization = await bearer(stack, options);
      return authorization === undefined ? {} : { authorization };
    },
  });
  return overHttp('REST', send, { caller: staff });
};

/** By service invocation: the caller is always the service `checkout-service`. */
export const createInvokeDeskDriver = (stack: StackDescription): DeskDriver => {
  const send = createSend({
    orders: `${stack.sandbox!.dapr}/v1.0/invoke/order-service/method/api/v1/orders`,
    identify: () => Promise.resolve(sidecarHeaders(stack.secrets.daprApiToken)),
  });
  return overHttp('service invocation', send, {});
};

/** Over the gRPC gateway of a replica (1, 2). */
export const createGrpcDeskDriver = (
  stack: StackDescription,
  replica = 1,
  options: ChannelOptions = {},
): DeskDriver => {
  const address = stack.replicas[replica - 1]!.grpc;
  const client = new messages.OrderStaffServiceClient(address, credentials.createInsecure(), options);
  const orders = new OrderServiceClient(address, credentials.createInsecure(), options);
  const call = createGrpcCall(stack, client);
  return {
    name: 'gRPC',
    protocol: 'grpc',
    hold: async (id, body, options = { caller: staff }) =>
      (await call(client.holdOrder, messages.HoldOrderRequest.fromPartial({ ...body, id }), options))[0],
    release: async (id, body = {}, options = { caller: staff }) =>
      (await call(client.releaseOrder, messages.ReleaseOrderRequest.fromPartial({ ...body, id }), options))[0],
    restore: async (id, body = {}, options = { caller: staff }) =>
      (await call(client.restoreOrder, messages.RestoreOrderRequest.fromPartial({ ...body, id }), options))[0],
    actions: async (id, options = { caller: staff }) => {
      const [answer, message] = await call(orders.getOrderActions, { id }, options);
      return { ...answer, version: message?.version, actions: (plain(message?.actions) ?? []) as ActionAnswer[] };
    },
    bulk: async (body, options = { caller: staff }) => {
      const request = messages.BulkChangeOrdersRequest.fromPartial(body);
      const [answer, message] = await call(client.bulkChangeOrders, request, options);
      return { ...answer, results: (plain(message?.results) ?? []) as BulkView[] };
    },
    erase: async (body, options = { caller: staff }) => {
      const request = messages.EraseOrdersRequest.fromPartial(body);
      const [answer, message] = await call(client.eraseOrders, request, options);
      return { ...answer, erased: message?.erased, kept: message?.kept ?? [] };
    },
  };
};
