import { SpanKind } from '@opentelemetry/api';
import type { Dispatcher } from 'undici';
import { markFailed } from '../observability/spans.js';
import type { ClaimedEffect, Outcome } from '../persistence/effects.js';
import { inTrySpan, type TrySpan } from './try-span.js';

/** What publishing needs. */
export interface PublisherDeps {
  /** Keep-alive connections to the sidecar. */
  readonly http: Dispatcher;
  /** The sidecar's HTTP API, such as `http://127.0.0.1:3504`. */
  readonly sidecar: string;
  /** Name of the pub/sub component. */
  readonly pubsub: string;
  readonly timeoutMs: number;
}

/** The event of one journal entry (SPEC section 3). Personal data stays in the journal. */
export interface OrderEvent {
  readonly specversion: '1.0';
  /** `<order id>:<version>` */
  readonly id: string;
  readonly source: 'order-service';
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** The order's version: 1, 2, 3 … without a gap. */
  readonly sequence: number;
  readonly traceparent?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** @throws when the effect came without its journal entry, which the queue gives to every `event.publish` */
export const toEvent = ({ key, orderId, version, entry, traceparent }: ClaimedEffect): OrderEvent => {
  if (entry === undefined) throw new Error(`${key} came without its journal entry`);
  return {
    specversion: '1.0',
    id: `${orderId}:${version}`,
    source: 'order-service',
    type: entry.type,
    subject: orderId,
    time: entry.at,
    datacontenttype: 'application/json',
    sequence: version,
    ...(traceparent === undefined ? {} : { traceparent }),
    data: { ...entry.data, order_id: orderId, version, order_number: entry.orderNumber },
  };
};

const spanOf = ({ id, type }: OrderEvent): TrySpan => ({
  name: `publish ${type}`,
  kind: SpanKind.PRODUCER,
  attributes: {
    'messaging.system': 'dapr',
    'messaging.operation.name': 'publish',
    'messaging.operation.type': 'send',
    'messaging.destination.name': type,
    'messaging.message.id': id,
  },
});

/** Publishes journal entries as complete CloudEvents; the topic is the event's type. Whatever is not a 2xx is tried again. */
export const createPublisher =
  ({ http, sidecar, pubsub, timeoutMs }: PublisherDeps) =>
  (effect: ClaimedEffect): Promise<Outcome> => {
    const event = toEvent(effect);
    return inTrySpan(effect, spanOf(event), async (trace, span): Promise<Outcome> => {
      try {
        const { statusCode, body } = await http.request({
          origin: sidecar,
          path: `/v1.0/publish/${pubsub}/${event.type}`,
          method: 'POST',
          headers: { 'content-type': 'application/cloudevents+json', ...trace },
          body: JSON.stringify(event),
          signal: AbortSignal.timeout(timeoutMs),
        });
        if (statusCode >= 200 && statusCode < 300) {
          await body.dump();
          return { kind: 'done' };
        }
        markFailed(span, String(statusCode));
        return { kind: 'retry', error: `publishing answered ${statusCode}: ${await body.text()}` };
      } catch (error) {
        markFailed(span, error);
        return { kind: 'retry', error: `publishing failed: ${String(error)}` };
      }
    });
  };
