import {
  type CallOptions,
  type Client,
  type ClientUnaryCall,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import type { CallContext } from '../../../api/commands.js';
import { ok, type Result } from '../../../api/errors.js';
import type { Operations } from '../../../api/operations.js';
export const at = '2026-03-01T12:00:00.000Z';

export const item = {
  id: '1',
  product_id: 'p-1',
  product_sku: 's-1',
  product_name: 'Chair',
  quantity: 2,
  cancelled_quantity: 0,
  returned_quantity: 1,
  unit_price: '10.00',
  total_price: '20.00',
  discount_amount: '0.00',
  tax_amount: '0.00',
  warehouse_id: 'w-1',
  metadata: { colour: 'red', size: [1, null, { empty: '' }] },
};

export const shipment = {
  carrier: 'post',
  tracking_number: 't-1',
  tracking_url: 'https://post.example/t-1',
  shipped_at: at,
  delivered_at: at,
  items: [{ item_id: '1', quantity: 1 }],
};

/** The fullest order there can be: every field that the document may have. */
export const order = {
  id: '01980000-0000-7000-8000-000000000001',
  order_number: 'ORD-20260301-000001',
  customer_id: 'c-1',
  guest_email: 'guest@example.com',
  status: 'partially_returned',
  currency: 'USD',
  subtotal: '20.00',
  tax_amount: '0.00',
  shipping_amount: '0.00',
  discount_amount: '0.00',
  total_amount: '20.00',
  captured_amount: '20.00',
  refunded_amount: '10.00',
  payment_id: 'pay-1',
  payment_method: 'card',
  payment_status: 'partially_refunded',
  payments: [
    {
      payment_id: 'pay-1',
      method: 'card',
      status: 'partially_refunded',
      authorized_amount: '0.00',
      captured_amount: '20.00',
      refunded_amount: '10.00',
      requested_amount: '0.00',
    },
  ],
  hold: { reason: 'not paid for', by: { type: 'system', id: 'coverage' }, at: '2026-03-01T12:00:00.000Z' },
  shipping_address: { recipient: 'A', line1: '1 Street', city: 'Rome', country: 'IT', email: 'a@example.com' },
  billing_address: { recipient: 'B', line1: '2 Street', line2: '', city: 'Rome', country: 'IT' },
  notes: '',
  metadata: {},
  items: [item],
  shipment,
  shipments: [shipment, { shipped_at: at, items: [{ item_id: '1', quantity: 2 }] }],
  returns: [
    {
      return_id: 'r-1',
      status: 'completed',
      items: [{ item_id: '1', quantity: 1 }],
      parts: [{ part_id: 'p-1', items: [{ item_id: '1', quantity: 1 }], completed_at: at }],
      reason: 'small',
      completed_at: at,
    },
  ],
  deadlines: [{ what: 'return_window', at }],
  created_at: at,
  updated_at: at,
  cancelled_at: at,
  completed_at: at,
  cancellation_reason: 'none',
  created_by_service: 'checkout-service',
  version: 7,
};

export const document = { id: order.id, version: 7, document: JSON.stringify(order) };

export interface Asked {
  readonly call: string;
  readonly id?: string;
  readonly input?: unknown;
  readonly context: CallContext;
}

export type Reply = Result<unknown> | Promise<Result<unknown>>;

/** Operations that note what reaches them and answer what they are told. */
export const createFakeOperations = () => {
  const asked: Asked[] = [];
  const fake = { answer: (): Reply => ok({ document, replayed: false }) };
  const body = (call: string) => async (input: unknown, context: CallContext) => {
    asked.push({ call, input, context });
    return fake.answer();
  };
  const withId = (call: string) => async (id: string, input: unknown, context: CallContext) => {
    asked.push({ call, id, input, context });
    return fake.answer();
  };
  const operations = {
    createOrder: body('createOrder'),
    listOrders: body('listOrders'),
    getOrder: async (id: string, _moment: unknown, context: CallContext) => {
      asked.push({ call: 'getOrder', id, context });
      return fake.answer();
    },
    updateOrderStatus: withId('updateOrderStatus'),
    updateOrder: withId('updateOrder'),
    cancelOrder: withId('cancelOrder'),
    cancelOrderItems: withId('cancelOrderItems'),
    statusHistory: withId('statusHistory'),
    editHistory: withId('editHistory'),
  } as unknown as Operations;
  return { asked, fake, operations };
};

export type Unary<Q, A> = (
  request: Q,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, answer?: A) => void,
) => ClientUnaryCall;

export interface Outcome<A> {
  readonly code: status;
  readonly message: A | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly trailers: Metadata | undefined;
  readonly details: string | undefined;
}

export const send = <Q, A>(
  client: Client,
  method: Unary<Q, A>,
  request: Q,
  headers: Readonly<Record<string, string>> = {},
  options: Partial<CallOptions> = {},
): Promise<Outcome<A>> =>
  new Promise((resolve) => {
    const metadata = new Metadata();
    for (const [name, value] of Object.entries({ authorization: 'Bearer good', ...headers })) metadata.set(name, value);
    let received: Readonly<Record<string, unknown>> = {};
    const call = method.call(client, request, metadata, options, (error, message) => {
      resolve({
        code: error?.code ?? status.OK,
        message,
        headers: received,
        trailers: error?.metadata,
        details: error?.details,
      });
    });
    call.on('metadata', (sent: Metadata) => (received = sent.getMap()));
  });

export const plain = (message: unknown): unknown => JSON.parse(JSON.stringify(message ?? null));
