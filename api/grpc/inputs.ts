import {
  Address,
  CreateOrderRequest,
  ItemMetadata,
  NewOrderItem,
  NewPayment,
  type UpdateOrderRequest,
} from '../../proto/gen/order/v1/order.js';
import { given } from './decode.js';

interface Addresses {
  readonly shipping_address?: Address | undefined;
  readonly billing_address?: Address | undefined;
}

/** The addresses of a message, where given, as the JSON of REST would have them. */
const addressesIn = ({ shipping_address, billing_address }: Addresses): object => ({
  ...(shipping_address === undefined ? {} : { shipping_address: given(Address, shipping_address) }),
  ...(billing_address === undefined ? {} : { billing_address: given(Address, billing_address) }),
});

/** CreateOrder's message as the JSON of REST would be. */
export const createOrderInput = (message: CreateOrderRequest): object => {
  const { payments, ...rest } = given(CreateOrderRequest, message);
  return {
    ...rest,
    ...addressesIn(message),
    items: message.items.map((item) => given(NewOrderItem, item)),
    // No list and an empty one are the same on the wire.
    ...(payments?.length ? { payments: payments.map((payment) => given(NewPayment, payment)) } : {}),
  };
};

/** The nested messages of UpdateOrder's as the JSON of REST would have them. */
export const updateInput = (message: UpdateOrderRequest): object => ({
  ...addressesIn(message),
  // No list and an empty one are the same on the wire.
  items: message.items.length === 0 ? undefined : message.items.map((item) => given(ItemMetadata, item)),
});
