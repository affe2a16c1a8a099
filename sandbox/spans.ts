import { type Span, SpanKind } from '@opentelemetry/api';
import { contextIn, inEntrySpan, inSpan, markFailed, traceHeaders } from '../observability/spans.js';
import type { CloudEvent } from './cloud-event.js';

type Headers = Readonly<Record<string, string>>;

/** An order event as it came in, as far as its span shows it. */
export interface Delivery {
  id: string;
  type: string;
  orderId: string;
}

const messaging = (operation: string, type: string, topic: string, id: string) => ({
  'messaging.system': 'dapr',
  'messaging.operation.name': operation,
  'messaging.operation.type': type,
  'messaging.destination.name': topic,
  'messaging.message.id': id,
});

/** A call of another app; `call` gets the trace headers it must carry. */
export function inInvocationSpan<Answer extends { readonly status: number }>(
  appId: string,
  path: string,
  call: (trace: Headers) => Promise<Answer>,
): Promise<Answer> {
  const attributes = { 'http.request.method': 'POST', 'url.template': path, 'server.address': appId };
  return inSpan(`POST ${path}`, { kind: SpanKind.CLIENT, attributes }, async (span, within) => {
    const answer = await call(traceHeaders(within));
    span.setAttribute('http.response.status_code', answer.status);
    if (answer.status >= 500) markFailed(span, String(answer.status));
    return answer;
  });
}

/** The publishing of an event, in the trace of what caused it. */
export function inPublishSpan(event: CloudEvent, publish: (trace: Headers) => Promise<void>): Promise<void> {
  const { id, type, traceparent } = event;
  const options = { kind: SpanKind.PRODUCER, attributes: messaging('publish', 'send', type, id) };
  const work = (_span: Span, within: Parameters<typeof traceHeaders>[0]) => publish(traceHeaders(within));
  return inSpan(`publish ${type}`, options, work, contextIn({ traceparent }));
}

/** The handling of an order event, in the trace that its delivery names. */
export function inDeliverySpan(
  headers: Parameters<typeof contextIn>[0],
  { id, type, orderId }: Delivery,
  take: () => Promise<void>,
): Promise<void> {
  const attributes = { ...messaging('process', 'process', type, id), 'order.id': orderId };
  return inEntrySpan(`process ${type}`, { kind: SpanKind.CONSUMER, attributes }, contextIn(headers), take);
}
