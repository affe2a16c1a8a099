import type { RequestName } from './components.js';

const shippingAddress = {
  recipient: 'Ada Lovelace',
  line1: '12 St James Square',
  city: 'London',
  postal_code: 'SW1Y 4JH',
  country: 'GB',
};

/** A request that works as it stands, for each body; tests send them. */
export const requestExamples: Readonly<Partial<Record<RequestName, Readonly<Record<string, unknown>>>>> = {
  CreateOrderRequest: {
    customer_id: 'customer-42',
    currency: 'USD',
    subtotal: '59.97',
    tax_amount: '5.00',
    shipping_amount: '4.99',
    discount_amount: '10.00',
    total_amount: '59.96',
    payment_id: 'payment-7',
    payment_method: 'card',
    shipping_address: shippingAddress,
    items: [
      {
        product_id: 'product-1',
        product_sku: 'TEA-EARL-GREY-250',
        product_name: 'Earl Grey, 250 g',
        quantity: 3,
        unit_price: '19.99',
        total_price: '59.97',
        discount_amount: '10.00',
        tax_amount: '5.00',
        warehouse_id: 'warehouse-1',
      },
    ],
  },
  UpdateOrderRequest: {
    shipping_address: { ...shippingAddress, line2: 'Second floor' },
    notes: 'Please ring twice.',
    reason: 'the customer called',
  },
  UpdateOrderStatusRequest: { status: 'processing', reason: 'picked' },
  CancelOrderRequest: { reason: 'ordered by mistake' },
  BulkChangeRequest: {
    action: 'hold',
    order_ids: ['019c3b5e-7a10-7000-8000-000000000001', '019c3b5e-7a10-7000-8000-000000000002'],
    reason: 'recalled product',
  },
  HoldOrderRequest: { reason: 'the address looks wrong', until: '2099-01-01T12:00:00Z' },
  ReleaseOrderRequest: { reason: 'the customer confirmed the address' },
  EraseOrdersRequest: { guest_email: 'ada@example.com', reason: 'asked for by the guest, ticket 4711' },
  RestoreOrderRequest: { reason: 'cancelled by mistake' },
  StaffActionRequest: { reason: 'the warehouse is back' },
  CancelOrderItemsRequest: { items: [{ item_id: '1', quantity: 1 }], reason: 'out of stock' },
};
