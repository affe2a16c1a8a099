import { context, SpanKind, trace } from '@opentelemetry/api';
import { contextIn, inEntrySpan, markFailed } from '../../observability/spans.js';
import type { CloudEvent } from '../schemas/events.js';
import type { EventVerdict } from './take-event.js';

/** The trace that the delivery names (the sidecar's part of it); else the event's own. */
const parentOf = ({ traceparent }: CloudEvent) =>
  trace.getSpan(context.active()) === undefined ? contextIn({ traceparent }) : context.active();

/** Takes an event in a span of its publisher's trace, by the semantic conventions for messaging. */
export const inConsumerSpan = (event: CloudEvent, take: () => Promise<EventVerdict>): Promise<EventVerdict> => {
  const { topic, id } = event;
  const attributes = {
    'messaging.system': 'dapr',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': topic,
    'messaging.message.id': id,
  };
  const options = { kind: SpanKind.CONSUMER, attributes };
  return inEntrySpan(`process ${topic}`, options, parentOf(event), async (span) => {
    const verdict = await take();
    span.setAttribute('order.outcome', verdict.kind);
    if (verdict.kind === 'retry') markFailed(span, 'retry');
    return verdict;
  });
};
