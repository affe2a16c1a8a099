import {
  Address,
  CancelOrderItemsRequest,
  CreateOrderRequest,
  ItemMetadata,
  ItemQuantity,
  ListOrdersRequest,
  NewOrderItem,
  NewPayment,
  UpdateOrderRequest,
} from '../../proto/gen/order/v1/order.js';
import { ListEffectsRequest } from '../../proto/gen/order/v1/staff.js';
import type { CallInput } from '../call-input.js';
import { ok, type Result } from '../errors.js';
import type { BodySize } from '../limits.js';
import { decode, type MessageType } from './decode.js';

/** How fields are read that are no plain values; undefined counts as not given. */
type Parts<Q> = { readonly [K in keyof Q]?: (value: NonNullable<Q[K]>) => unknown };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the fields of a message that were given, as the JSON of REST would have them. proto3 cannot tell an empty required
 * text from an absent one: both count as absent, as a missing field of a JSON body does. An optional field may be given and
 * empty.
 *
 * @param without fields that are left out
 */
export const given = <Q extends object>(
  type: MessageType<Q>,
  parts: Parts<Q> = {},
  without: readonly (keyof Q)[] = [],
): ((message: Q) => Fields) => {
  const empty = type.create();
  const fields = (Object.keys(empty) as (keyof Q & string)[])
    .filter((name) => !without.includes(name))
    .map((name) => ({
      name,
      isRequiredText: empty[name] === '',
      read: parts[name] as ((value: unknown) => unknown) | undefined,
    }));
  return (message) => {
    const found: Record<string, unknown> = {};
    for (const { name, isRequiredText, read } of fields) {
      const value: unknown = message[name];
      if (value === undefined || (isRequiredText && value === '')) continue;
      const part = read === undefined ? value : read(value);
      if (part !== undefined) found[name] = part;
    }
    return found;
  };
};

/** Reads the request of a call off the wire. */
export type Input = (bytes: Uint8Array, size: BodySize) => Result<Omit<CallInput, 'header'>>;

/**
 * Makes the reader of a request.
 *
 * @param path the fields that stand in the path of REST: the order or dead letter, then the effect
 * @param parts of the others, those that are no plain values
 */
export const input = <Q extends object>(
  type: MessageType<Q>,
  path: readonly (keyof Q)[] = [],
  parts: Parts<Q> = {},
): Input => {
  const [id, key] = path;
  const fieldsOf = given(type, parts, path);
  return (bytes, size) => {
    const message = decode(type, bytes, size);
    if (!message.ok) return message;
    const { value } = message;
    return ok({
      id: id === undefined ? '' : String(value[id]),
      key: key === undefined ? '' : String(value[key]),
      input: fieldsOf(value),
    });
  };
};

const each =
  <T>(read: (value: T) => unknown) =>
  (list: readonly T[]): unknown =>
    list.map(read);

/** No list and an empty one are the same on the wire. */
const eachIfAny =
  <T>(read: (value: T) => unknown) =>
  (list: readonly T[]): unknown =>
    list.length === 0 ? undefined : list.map(read);

/** None asked for is the default; an empty list would match none. */
const ifAny = (list: readonly string[]): unknown => (list.length === 0 ? undefined : list);

const addresses = { shipping_address: given(Address), billing_address: given(Address) };

/** The requests whose fields are not all plain values. */
export const createOrderInput = input(CreateOrderRequest, [], {
  ...addresses,
  items: each(given(NewOrderItem)),
  payments: eachIfAny(given(NewPayment)),
});

export const updateOrderInput = input(UpdateOrderRequest, ['id'], {
  ...addresses,
  items: eachIfAny(given(ItemMetadata)),
});

export const cancelOrderItemsInput = input(CancelOrderItemsRequest, ['id'], { items: each(given(ItemQuantity)) });

export const listOrdersInput = input(ListOrdersRequest, [], { status: ifAny });

export const listEffectsInput = input(ListEffectsRequest, [], { state: ifAny });
