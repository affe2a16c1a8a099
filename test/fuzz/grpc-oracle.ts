import assert from 'node:assert/strict';
import { expect } from '@jest/globals';
import { type DescMethod, fromBinary } from '@bufbuild/protobuf';
import { type Metadata, status } from '@grpc/grpc-js';
import { errorTable } from '../../api/errors.js';
import { BadRequest, ErrorInfo } from '../../proto/gen/google/rpc/error_details.js';
import { Status } from '../../proto/gen/google/rpc/status.js';

/** How a call ended. */
export interface GrpcAnswer {
  readonly code: status;
  readonly text: string;
  readonly trailers: Metadata;
  /** The message, where there is one. */
  readonly bytes: Uint8Array | undefined;
  /** Milliseconds. */
  readonly took: number;
}

/** Nothing that a client sends may bring these about. */
const never: readonly status[] = [
  status.UNKNOWN,
  status.INTERNAL,
  status.DATA_LOSS,
  status.UNIMPLEMENTED,
  status.UNAVAILABLE,
];

const known: Readonly<Record<string, { readonly grpc: status }>> = errorTable;

/**
 * Compares an answer with the error table (docs/errors.md).
 *
 * @param impatient whether the client itself gave the call too little time
 */
export const checkGrpcAnswer = (
  { code, text, trailers, bytes }: GrpcAnswer,
  method: DescMethod,
  impatient: boolean,
): void => {
  const told = `${status[code]} ${text}`;
  if (code === status.OK) {
    assert.ok(bytes, 'OK without a message');
    fromBinary(method.output, bytes);
    return;
  }
  if (impatient && code === status.DEADLINE_EXCEEDED) return;
  assert.ok(!never.includes(code), told);
  const [packed] = trailers.get('grpc-status-details-bin');
  assert.ok(Buffer.isBuffer(packed), `no details with ${told}`);
  const rich = Status.decode(packed);
  // the details tell another status
  expect([rich.code, rich.message]).toStrictEqual([code, text]);
  const detail = (name: string): Uint8Array | undefined =>
    rich.details.find(({ type_url }) => type_url === `type.googleapis.com/google.rpc.${name}`)?.value;
  const info = detail('ErrorInfo');
  assert.ok(info, `no ErrorInfo with ${told}`);
  const { reason, domain } = ErrorInfo.decode(info);
  expect(domain).toBe('order-service');
  assert.ok(Object.hasOwn(known, reason), `no code of the error table: ${reason}`);
  assert.equal(code, known[reason]?.grpc, `${reason} is another status`);
  if (reason !== 'validation_failed') return;
  const faults = detail('BadRequest');
  assert.ok(faults, 'validation_failed without its faults');
  // validation_failed names no fault
  expect(BadRequest.decode(faults).field_violations.length).toBeGreaterThan(0);
};
