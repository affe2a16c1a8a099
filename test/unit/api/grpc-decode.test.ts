import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { decode } from '../../../api/grpc/decode.js';
import { given } from '../../../api/grpc/inputs.js';
import {
  Address,
  CreateOrderRequest,
  GetOrderRequest,
  ItemQuantity,
  ListOrdersRequest,
} from '../../../proto/gen/order/v1/order.js';

const nested = (depth: number): Readonly<Record<string, unknown>> => (depth === 0 ? {} : { a: nested(depth - 1) });

const withMetadata = (metadata: Readonly<Record<string, unknown>>): Uint8Array =>
  CreateOrderRequest.encode(CreateOrderRequest.fromPartial({ metadata })).finish();

const codeOf = (result: ReturnType<typeof decode>): string => (result.ok ? 'ok' : result.problem.code);

describe('a gRPC message', () => {
  it.each([
    ['a varint without end', [0xff, 0xff, 0xff, 0xff, 0xff]],
    ['text that is shorter than it says', [0x0a, 0x20, 0x41]],
    ['text that is not UTF-8', [0x0a, 0x02, 0xff, 0xfe]],
    ['a tag that cannot be, and more after it', [0x00, 0x0a, 0x01, 0x41]],
  ] as const)('is refused with %s', (_what, bytes) =>
    expect(codeOf(decode(GetOrderRequest, Uint8Array.from(bytes)))).toBe('validation_failed'),
  );

  it.each([
    ['seconds beyond 2^53', [0x22, 0x0a, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f]],
    ['seconds beyond what a date can be', [0x22, 0x09, 0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x08]],
  ] as const)('is refused with a time of %s', (_what, bytes) =>
    expect(codeOf(decode(ListOrdersRequest, Uint8Array.from(bytes)))).toBe('validation_failed'),
  );

  it.each([NaN, Infinity, -Infinity])('is refused with %s for JSON', (number) =>
    expect(codeOf(decode(CreateOrderRequest, withMetadata({ a: [number] })))).toBe('validation_failed'),
  );

  it('is refused when nested without end, and is read as deep as metadata may be', () => {
    expect(codeOf(decode(CreateOrderRequest, withMetadata(nested(1_000))))).toBe('validation_failed');
    const deepest = decode(CreateOrderRequest, withMetadata(nested(31)));
    assert.ok(deepest.ok);
    expect(deepest.value.metadata).toStrictEqual(nested(31));
  });

  it.each([
    ['usual', 65_536],
    ['long', 1_048_576],
  ] as const)('of %s size is refused beyond %i bytes, and read up to there', (size, limit) => {
    // Tag and length take four bytes.
    const ofSize = (bytes: number) => GetOrderRequest.encode({ id: 'x'.repeat(bytes - 4) }).finish();
    expect(ofSize(limit)).toHaveLength(limit);
    expect(codeOf(decode(GetOrderRequest, ofSize(limit), size))).toBe('ok');
    expect(codeOf(decode(GetOrderRequest, ofSize(limit + 1), size))).toBe('payload_too_large');
  });

  it('may have fields of a newer contract', () =>
    expect(decode(GetOrderRequest, Uint8Array.from([0x0a, 0x01, 0x41, 0xf8, 0x07, 0x01]))).toEqual({
      ok: true,
      value: { id: 'A' },
    }));
});

describe('the given fields of a message', () => {
  it('are without empty required texts, and with optional ones that are empty', () => {
    const address = Address.fromPartial({ recipient: '', city: 'Rome', line2: '', region: undefined });
    expect(given(Address)(address)).toStrictEqual({ city: 'Rome', line2: '' });
  });

  it('have numbers, zero too: it is a fault either way, and the better named one', () =>
    expect(given(ItemQuantity)({ item_id: '', quantity: 0 })).toStrictEqual({ quantity: 0 }));
});
