import { Metadata, type StatusObject } from '@grpc/grpc-js';
import type { Fault } from '../../actors/rules/refusal.js';
import type { Any } from '../../proto/gen/google/protobuf/any.js';
import { BadRequest, ErrorInfo, RetryInfo } from '../../proto/gen/google/rpc/error_details.js';
import { Status } from '../../proto/gen/google/rpc/status.js';
import { detailNaming, errorTable, mostNamedFaults, type Problem } from '../errors.js';

const domain = 'order-service';

/**
 * Clients on the C core and Java take 8 KiB of trailers and fail the call beyond; base64 makes 4 of every 3 bytes. So not
 * all of a hundred faults can always be named.
 */
const mostFaultBytes = 4_096;

const packed = <T>(name: string, type: { encode(message: T): { finish(): Uint8Array } }, message: T): Any => ({
  type_url: `type.googleapis.com/google.rpc.${name}`,
  value: Buffer.from(type.encode(message).finish()),
});

/** As many of the first faults as fit. */
const fitting = (faults: readonly Fault[]): BadRequest => {
  const violations = faults
    .slice(0, mostNamedFaults)
    .map(({ path, message }) => ({ field: path, description: message }));
  let bytes = 0;
  const end = violations.findIndex((violation) => {
    bytes += BadRequest.encode({ field_violations: [violation] }).finish().length;
    return bytes > mostFaultBytes;
  });
  return { field_violations: end === -1 ? violations : violations.slice(0, end) };
};

/**
 * A problem as gRPC answers it (docs/errors.md): the status of the table, and `google.rpc.Status` in
 * `grpc-status-details-bin` with `ErrorInfo` (reason = code), `BadRequest` for faults and `RetryInfo` where waiting helps.
 *
 * @param metadata goes along as trailers
 */
export const statusOf = ({ code, detail, errors, retryAfter }: Problem, metadata = new Metadata()): StatusObject => {
  const { grpc, title } = errorTable[code];
  const details = [packed('ErrorInfo', ErrorInfo, { reason: code, domain, metadata: {} })];
  let text = detail ?? title;
  if (errors !== undefined) {
    const badRequest = fitting(errors);
    details.push(packed('BadRequest', BadRequest, badRequest));
    text = detailNaming(text, badRequest.field_violations.length, errors.length);
  }
  if (retryAfter !== undefined)
    details.push(packed('RetryInfo', RetryInfo, { retry_delay: { seconds: retryAfter, nanos: 0 } }));
  // Half a surrogate pair cannot be sent: grpc-js would throw.
  const message = text.toWellFormed();
  metadata.set('grpc-status-details-bin', Buffer.from(Status.encode({ code: grpc, message, details }).finish()));
  return { code: grpc, details: message, metadata };
};
