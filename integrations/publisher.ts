import type { Dispatcher } from 'undici';
import type { ClaimedEffect, Outcome } from '../persistence/effects.js';
import { inTrace } from './trace.js';

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

/** Publishes journal entries as complete CloudEvents; the topic is the event's type. Whatever is not a 2xx is tried again. */
export const createPublisher =
  ({ http, sidecar, pubsub, timeoutMs }: PublisherDeps) =>
  async (effect: ClaimedEffect): Promise<Outcome> => {
    const event = toEvent(effect);
    try {
      const { statusCode, body } = await inTrace(effect.traceparent, (trace) =>
        http.request({
          origin: sidecar,
          path: `/v1.0/publish/${pubsub}/${event.type}`,
          method: 'POST',
          headers: { 'content-type': 'application/cloudevents+json', ...trace },
          body: JSON.stringify(event),
          signal: AbortSignal.timeout(timeoutMs),
        }),
      );
      if (statusCode >= 200 && statusCode < 300) {
        await body.dump();
        return { kind: 'done' };
      }
      return { kind: 'retry', error: `publishing answered ${statusCode}: ${await body.text()}` };
    } catch (error) {
      return { kind: 'retry', error: `publishing failed: ${String(error)}` };
    }
  };
