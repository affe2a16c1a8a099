import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  createFileRegistry,
  type DescField,
  type DescMessage,
  type DescMethod,
  type DescService,
  fromBinary,
  type JsonValue,
  fromJson,
  ScalarType,
  toBinary,
} from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import type { Order } from '../../actors/rules/order.js';
import { projectRoot } from '../../scripts/paths.js';
import { orderBody } from '../support/orders.js';
import { hostileTexts } from './hostile.js';

type Bytes = Uint8Array;

const none: Bytes = new Uint8Array();

/** grpc-js itself turns away what is longer than 4 MiB, without details. */
const mostBytes = 1_500_000;

/** The service as the committed descriptors tell it. */
export const orderService = (): DescService => {
  const bytes = readFileSync(path.join(projectRoot, 'proto', 'gen', 'descriptor.binpb'));
  const service = createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes)).getService('order.v1.OrderService');
  if (service === undefined) throw new Error('the descriptors have no order.v1.OrderService');
  return service;
};

const field = (no: number, wire: WireType, write: (writer: BinaryWriter) => BinaryWriter): Bytes =>
  write(new BinaryWriter().tag(no, wire)).finish();

const delimited = (no: number, content: Bytes): Bytes =>
  field(no, WireType.LengthDelimited, (writer) => writer.bytes(content));

/** A google.protobuf.Struct so deep, made without recursion. */
const deepStruct = (levels: number): Bytes => {
  const parts: Bytes[] = [];
  let length = 0;
  const wrap = (...more: readonly number[]): void => {
    const head = Buffer.concat([Buffer.from(more), new BinaryWriter().uint32(length).finish()]);
    parts.push(head);
    length += head.length;
  };
  for (let level = 0; level < levels; level += 1) {
    wrap(0x2a);
    // The entry: key 'a', then its value.
    wrap(0x0a, 1, 0x61, 0x12);
    wrap(0x0a);
  }
  return Buffer.concat(parts.reverse());
};

const amounts = [
  '0',
  '10.00',
  '-1.00',
  '-0',
  '1e3',
  '0.001',
  '9'.repeat(19),
  '9'.repeat(400),
  'NaN',
  ' 1',
  '1,00',
  '01',
];

const texts: readonly (readonly [RegExp, readonly string[]])[] = [
  [/(_amount|_price|^subtotal)$/, amounts],
  [/^status$/, ['confirmed', 'processing', 'shipped', 'delivered', 'returned', 'cancelled', 'CONFIRMED', 'draft']],
  [/^payment_status$/, ['completed', 'pending', 'authorized', 'refunded', 'lost']],
  [/^currency$/, ['USD', 'JPY', 'KWD', 'XXX', 'usd', '840']],
  [/^country$/, ['DE', 'US', 'XX', 'de', 'DEU']],
  [/email$/, ['a@example.com', 'a@b', '@', `${'a'.repeat(310)}@example.com`]],
  [/^item_id$/, ['1', '2', '501', '-1']],
  [/^order_number$/, ['ORD-', 'ORD-2026', '%', '_']],
  [/^page_token$/, [Buffer.from('{"version":1e99}').toString('base64url'), 'e30', '....']],
];

const textsFor = (name: string, orders: readonly Order[]): readonly string[] => {
  if (/^(id|order_id)$/.test(name)) return orders.flatMap(({ id, order_number }) => [id, id, order_number]);
  return texts.find(([pattern]) => pattern.test(name))?.[1] ?? ['x', 'some text', 'ü'.repeat(200), 'x'.repeat(256)];
};

const integers = [0, 1, 2, 3, 100, 101, 500, -1, -(2 ** 31), 2 ** 31 - 1];
const seconds = [
  0n,
  -1n,
  1_700_000_000n,
  253_402_300_799n,
  253_402_300_800n,
  -62_135_596_801n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];
const doubles = [0, -0, 1.5, 1e308, 5e-324, NaN, Infinity, -Infinity];

const scalar = ({ name, number: no, scalar: type }: DescField, orders: readonly Order[]): fc.Arbitrary<Bytes> => {
  switch (type) {
    case ScalarType.STRING:
      return fc
        .oneof(
          { weight: 12, arbitrary: fc.constantFrom(...textsFor(name, orders)).map((text) => Buffer.from(text)) },
          { weight: 2, arbitrary: fc.constantFrom(...hostileTexts).map((text) => Buffer.from(text)) },
          { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
        )
        .map((text) => delimited(no, text));
    case ScalarType.INT32:
      return fc.constantFrom(...integers).map((value) => field(no, WireType.Varint, (writer) => writer.int32(value)));
    case ScalarType.INT64:
      return fc.constantFrom(...seconds).map((value) => field(no, WireType.Varint, (writer) => writer.int64(value)));
    case ScalarType.BOOL:
      return fc.boolean().map((value) => field(no, WireType.Varint, (writer) => writer.bool(value)));
    case ScalarType.DOUBLE:
      return fc.constantFrom(...doubles).map((value) => field(no, WireType.Bit64, (writer) => writer.double(value)));
    default:
      throw new Error(`the fuzzer knows no ${type === undefined ? 'such field' : ScalarType[type]}: ${name}`);
  }
};

/** What no message has: unknown fields, known ones of another kind, groups, tags that cannot be. */
const stray: fc.Arbitrary<Bytes> = fc.oneof(
  fc.integer({ min: 1, max: 40 }).map((no) => field(no, WireType.Varint, (writer) => writer.int32(-1))),
  fc.integer({ min: 1, max: 40 }).map((no) => field(no, WireType.Bit32, (writer) => writer.fixed32(1))),
  fc.integer({ min: 1, max: 40 }).map((no) => delimited(no, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x7f]))),
  fc.constantFrom(1_000, 19_000, 2 ** 29 - 1).map((no) => delimited(no, Buffer.from('stray'))),
  fc
    .constantFrom([0x00], [0x0b], [0x0c], [0x07], [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], [0x80])
    .map((raw) => Buffer.from(raw)),
);

const all = (parts: readonly Bytes[]): Bytes => Buffer.concat(parts);

/** The same many times, as long as a message may still be taken. */
const repeated = (bytes: Bytes, times: number): Bytes =>
  all(Array<Bytes>(Math.min(times, Math.floor(mostBytes / (1 + bytes.length)))).fill(bytes));

/** Any message of a type, from nothing in it to too much. */
const anyMessage = (type: DescMessage, orders: readonly Order[], depth: number): fc.Arbitrary<Bytes> => {
  const inner = (no: number, message: DescMessage): fc.Arbitrary<Bytes> =>
    depth === 0 ? fc.constant(none) : anyMessage(message, orders, depth - 1).map((content) => delimited(no, content));

  const one = (of: DescField): fc.Arbitrary<Bytes> => {
    switch (of.fieldKind) {
      case 'scalar':
        return scalar(of, orders);
      case 'enum':
        return fc.constantFrom(0, 1, -1).map((value) => field(of.number, WireType.Varint, (to) => to.int32(value)));
      case 'message':
        return inner(of.number, of.message);
      case 'list': {
        const item = of.listKind === 'message' ? inner(of.number, of.message) : scalar(of, orders);
        const many = fc.constantFrom(200, 501, 2_000).chain((times) => item.map((bytes) => repeated(bytes, times)));
        return fc.oneof(
          { weight: 6, arbitrary: fc.array(item, { maxLength: 3 }).map(all) },
          { weight: 1, arbitrary: many },
        );
      }
      case 'map': {
        const key = fc.constantFrom('a', 'b', '', '__proto__', 'constructor', 'toJSON', '\u0000', 'x'.repeat(300));
        if (of.mapKind !== 'message') throw new Error(`the fuzzer knows no such map: ${of.name}`);
        return fc
          .array(
            fc
              .tuple(key, inner(2, of.message))
              .map(([name, value]) => delimited(of.number, all([delimited(1, Buffer.from(name)), value]))),
            { maxLength: 3 },
          )
          .map(all);
      }
    }
  };

  const fields = type.fields.map((of) =>
    fc.oneof({ weight: 4, arbitrary: one(of) }, { weight: 1, arbitrary: fc.constant(none) }),
  );
  const odd = fc.oneof({ weight: 12, arbitrary: fc.constant(none) }, { weight: 1, arbitrary: stray });
  const generated = fc.tuple(...fields, odd).map(all);
  if (type.typeName !== 'google.protobuf.Struct') return generated;
  const deep = fc.constantFrom(20, 40, 1_000, 30_000).map(deepStruct);
  return fc.oneof({ weight: 5, arbitrary: generated }, { weight: 1, arbitrary: deep });
};

/** What each call is asked when nothing is wrong. */
const soundInput = (method: string, { id }: Order): JsonValue => {
  switch (method) {
    case 'CreateOrder':
      return orderBody({ metadata: { a: [1, { b: null }] }, notes: 'fuzz' }) as JsonValue;
    case 'ListOrders':
      return { status: ['confirmed'], page_size: 2, created_after: '2026-01-01T00:00:00Z' };
    case 'UpdateOrderStatus':
      return { id, status: 'processing', reason: 'fuzz', notes: '' };
    case 'UpdateOrder':
      return { id, notes: 'fuzz', metadata: { a: { b: [1.5, true, null, 'x'] } }, reason: 'fuzz' };
    case 'CancelOrder':
      return { id, reason: 'fuzz' };
    case 'CancelOrderItems':
      return { id, items: [{ item_id: '1', quantity: 1 }], reason: 'fuzz' };
    case 'GetOrderStatusHistory':
    case 'GetOrderEditHistory':
      return { order_id: id, page_size: 1 };
    default:
      return { id };
  }
};

type Mutation = (bytes: Buffer, at: number, value: Bytes) => Bytes;

const withByte = (bytes: Buffer, at: number, value: number): Bytes =>
  all([bytes.subarray(0, at), Buffer.from([value]), bytes.subarray(at + 1)]);

const mutations: readonly Mutation[] = [
  (bytes, at, value) => withByte(bytes, at, value[0] ?? 0xff),
  (bytes, at) => bytes.subarray(0, at),
  (bytes, at) => bytes.subarray(at),
  (bytes, at, value) => all([bytes.subarray(0, at), value, bytes.subarray(at)]),
  (bytes, at, value) => all([bytes.subarray(0, at), bytes.subarray(at + value.length)]),
  (bytes, at) => all([bytes, bytes.subarray(at)]),
  (bytes, at) => withByte(bytes, at, (bytes[at] ?? 0) ^ 0x80),
];

/** Requests of a call as bytes: sound ones, nearly sound ones, any of its type, broken ones, and noise. */
export const requestsOf = (method: DescMethod, orders: readonly Order[]): fc.Arbitrary<Bytes> => {
  const sound = fc
    .constantFrom(...orders)
    .map((order) => toBinary(method.input, fromJson(method.input, soundInput(method.name, order))));
  const any = anyMessage(method.input, orders, 5);
  const mutated = fc
    .tuple(
      fc.oneof(sound, any),
      fc.array(fc.tuple(fc.constantFrom(...mutations), fc.nat(), fc.uint8Array({ maxLength: 8 })), {
        minLength: 1,
        maxLength: 3,
      }),
    )
    .map(([bytes, steps]) =>
      steps.reduce<Bytes>((now, [mutate, at, value]) => mutate(Buffer.from(now), at % (now.length + 1), value), bytes),
    );
  const requests = fc.oneof(
    { weight: 3, arbitrary: sound },
    // A later field overrides or is merged into an earlier one: sound but for one place, mostly.
    { weight: 4, arbitrary: fc.tuple(sound, fc.oneof(any, stray)).map(all) },
    { weight: 3, arbitrary: any },
    { weight: 4, arbitrary: mutated },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(900_000, 1_100_000, 3_000_000).map((size) => delimited(1, Buffer.alloc(size, 'x'))),
    },
  );
  return requests.map((bytes) => bytes.subarray(0, 2 * mostBytes));
};
