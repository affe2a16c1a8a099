import { type Metadata, status } from '@grpc/grpc-js';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  trace,
} from '@opentelemetry/api';
import { headersOf } from './context.js';

const getter: TextMapGetter<Metadata> = {
  get: (metadata, key) => headersOf(metadata)(key),
  keys: (metadata) => Object.keys(metadata.getMap()),
};

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
export const inServerSpan = async (path: string, metadata: Metadata, work: () => Promise<status>): Promise<void> => {
  const name = path.slice(1);
  const parent = propagation.extract(ROOT_CONTEXT, metadata, getter);
  const attributes = { 'rpc.system.name': 'grpc', 'rpc.method': name };
  const span = trace.getTracer('order-service').startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
  const code = await context.with(trace.setSpan(parent, span), work);
  const text = status[code];
  span.setAttribute('rpc.response.status_code', text);
  if (ours.includes(code)) span.setAttribute('error.type', text).setStatus({ code: SpanStatusCode.ERROR });
  span.end();
};
