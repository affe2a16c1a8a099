import { type Metadata, status } from '@grpc/grpc-js';
import { SpanKind } from '@opentelemetry/api';
import { contextIn, inEntrySpan, markFailed } from '../../observability/spans.js';
import { headersOf } from './context.js';

/** The statuses that are the server's fault, by the semantic conventions for RPC. */
const ours: readonly status[] = [
  status.UNKNOWN,
  status.DEADLINE_EXCEEDED,
  status.UNIMPLEMENTED,
  status.INTERNAL,
  status.UNAVAILABLE,
  status.DATA_LOSS,
];

/**
 * Runs a call in a server span of its own, named `order.v1.OrderService/CreateOrder` and the like, that continues the
 * client's trace (W3C `traceparent`).
 *
 * @param work answers the status that the call ended with; does not throw
 */
export const inServerSpan = (path: string, metadata: Metadata, work: () => Promise<status>): Promise<void> => {
  const name = path.slice(1);
  const header = headersOf(metadata);
  const parent = contextIn({ traceparent: header('traceparent'), tracestate: header('tracestate') });
  const attributes = { 'rpc.system.name': 'grpc', 'rpc.method': name };
  return inEntrySpan(name, { kind: SpanKind.SERVER, attributes }, parent, async (span) => {
    const code = await work();
    const text = status[code];
    span.setAttribute('rpc.response.status_code', text);
    if (ours.includes(code)) markFailed(span, text);
  });
};
