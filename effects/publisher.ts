import type { DaprClient } from '@dapr/dapr';
import { SpanKind } from '@opentelemetry/api';
import { statusOfSdkError } from '../actors/dapr.js';
import { firstWithin } from '../actors/first-within.js';
import { markFailed } from '../observability/spans.js';
import type { ClaimedEffect, Outcome } from '../persistence/effects.js';
import { inTrySpan, type TrySpan } from './try-span.js';

/** What publishing needs. */
export interface PublisherDeps {
  /** The SDK's client of our sidecar; its requests carry the trace (actors/dapr.ts). */
  readonly dapr: DaprClient;
  /** Name of the pub/sub component. */
  readonly pubsub: string;
  readonly timeoutMs: number;
}

/** The event of one journal entry (docs/events.md). Personal data stays in the journal. */
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
    data: {
      ...entry.data,
      order_id: orderId,
      version,
      order_number: entry.orderNumber,
      changed_by: entry.changedBy,
      ...(entry.hash === undefined ? {} : { hash: entry.hash }),
    },
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

/** On brokers with partitions (Kafka) the events of one order share one, so that they keep their order. */
const optionsOf = ({ subject }: OrderEvent) => ({
  contentType: 'application/cloudevents+json',
  metadata: { partitionKey: subject },
});

/**
 * The error of one publication, if it failed. The SDK returns failures instead of throwing them and sets no time limit; a
 * request that ends after ours is not cut off, and its event is published again with the same id.
 */
const publishOnce = async (
  { dapr, pubsub, timeoutMs }: PublisherDeps,
  event: OrderEvent,
): Promise<Error | undefined> => {
  const late = { error: new Error(`no answer within ${timeoutMs} ms`) };
  const publication = dapr.pubsub.publish(pubsub, event.type, event, optionsOf(event));
  const { error } = await firstWithin([publication], timeoutMs, late);
  return error;
};

/** Publishes journal entries as complete CloudEvents; the topic is the event's type. Every failure is retried. */
export const createPublisher =
  (deps: PublisherDeps) =>
  (effect: ClaimedEffect): Promise<Outcome> => {
    const event = toEvent(effect);
    return inTrySpan(effect, spanOf(event), async (_trace, span): Promise<Outcome> => {
      const error = await publishOnce(deps, event);
      if (error === undefined) return { kind: 'done' };
      markFailed(span, statusOfSdkError(error)?.toString() ?? error);
      return { kind: 'retry', error: `publishing failed: ${error.message}` };
    });
  };
