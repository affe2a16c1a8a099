import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import type { StatusObject } from '@grpc/grpc-js';
import { type ErrorCode, errorTable } from '../../../api/errors.js';
import { statusOf } from '../../../api/grpc/status.js';
import { BadRequest, ErrorInfo, RetryInfo } from '../../../proto/gen/google/rpc/error_details.js';
import { Status } from '../../../proto/gen/google/rpc/status.js';

const types = { ErrorInfo, BadRequest, RetryInfo };

const richIn = ({ metadata }: StatusObject) => {
  const [bytes] = metadata.get('grpc-status-details-bin');
  assert.ok(Buffer.isBuffer(bytes));
  const { code, message, details } = Status.decode(bytes);
  const named = details.map(({ type_url, value }) => {
    const name = type_url.replace('type.googleapis.com/google.rpc.', '') as keyof typeof types;
    return [name, types[name].decode(value)] as const;
  });
  return { code, message, ...Object.fromEntries(named) };
};

describe('a problem as gRPC status', () => {
  it.each(Object.keys(errorTable) as ErrorCode[])('%s has the status of the table and itself as reason', (code) => {
    const status = statusOf({ code });
    expect(status.code).toBe(errorTable[code].grpc);
    expect(status.details).toBe(errorTable[code].title);
    expect(richIn(status)).toStrictEqual({
      code: errorTable[code].grpc,
      message: errorTable[code].title,
      ErrorInfo: { reason: code, domain: 'order-service', metadata: {} },
    });
  });

  it('names every fault and when to try again', () => {
    const errors = [{ path: 'items[0].quantity', message: 'must be at least 1' }];
    expect(richIn(statusOf({ code: 'validation_failed', detail: 'One fault.', errors, retryAfter: 2 }))).toStrictEqual({
      code: errorTable.validation_failed.grpc,
      message: 'One fault.',
      ErrorInfo: { reason: 'validation_failed', domain: 'order-service', metadata: {} },
      BadRequest: { field_violations: [{ field: 'items[0].quantity', description: 'must be at least 1' }] },
      RetryInfo: { retry_delay: { seconds: 2, nanos: 0 } },
    });
  });

  it('stays below the 8 KiB of trailers that every client takes, and says what it left out', () => {
    const errors = Array.from({ length: 3_500 }, (_, index) => ({ path: `items[${index}].é`, message: 'is required' }));
    const status = statusOf({ code: 'validation_failed', detail: '3500 faults in the input.', errors });
    const [bytes] = status.metadata.get('grpc-status-details-bin');
    assert.ok(Buffer.isBuffer(bytes));
    expect(bytes.toString('base64').length).toBeLessThan(6_500);
    const named = (richIn(status) as { BadRequest?: BadRequest }).BadRequest?.field_violations.length ?? 0;
    expect(named).toBeGreaterThan(50);
    expect(status.details).toBe(`3500 faults in the input. The first ${named} are named.`);
  });

  it('can be sent even where a text is broken', () => {
    const { details } = statusOf({ code: 'order_not_editable', detail: 'half a pair: \ud800' });
    expect(() => encodeURI(details)).not.toThrow();
  });
});
