import type { DaprClient } from '@dapr/dapr';
import { SpanKind } from '@opentelemetry/api';
import { statusOfSdkError } from '../actors/dapr.js';
import { firstWithin } from '../actors/first-within.js';
import { markFailed } from '../observability/spans.js';
import type { ClaimedEffect, Outcome } from '../persistence/effects.js';
import { createTogether, type Send, type TogetherLimits } from '../persistence/together.js';
import { type BulkDeps, type OrderEvent, type Publication, publishBulk, type Published } from './bulk-publication.js';
import { inTrySpan, type TrySpan } from './try-span.js';

/** What publishing needs. */
export interface PublisherDeps extends BulkDeps {
  /** The SDK's client of our sidecar; its requests carry the trace (actors/dapr.ts). */
  readonly dapr: DaprClient;
}

const contentType = 'application/cloudevents+json';

/** The sidecar publishes the events of a bulk at once, so one request at a time is enough, unless it takes long. */
const limits: TogetherLimits = { atOnce: 1, most: 32, mostText: 262_144, patienceMs: 100 };

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
const metadataOf = ({ subject }: OrderEvent) => ({ partitionKey: subject });

/**
 * Publishes one event. The SDK returns failures instead of throwing them and sets no time limit; a request that ends after
 * ours is not cut off, and its event is published again with the same id.
 */
const publishAlone = async ({ dapr, pubsub, timeoutMs }: PublisherDeps, event: OrderEvent): Promise<Published> => {
  const late = { error: new Error(`no answer within ${timeoutMs} ms`) };
  const options = { contentType, metadata: metadataOf(event) };
  return firstWithin([dapr.pubsub.publish(pubsub, event.type, event, options)], timeoutMs, late);
};

/** Publishes events of one type: one at once, those that come meanwhile together when it has ended. */
const createTopic = (deps: PublisherDeps, type: string): Send<Publication, Published> =>
  createTogether<Publication, Published>({
    ...limits,
    row: ({ event, entryId, trace: { traceparent } }) =>
      JSON.stringify({
        entryId,
        contentType,
        metadata: metadataOf(event),
        // Of an event without `traceid` the sidecar replaces `traceparent` by that of the request, which is another event's.
        event: traceparent === undefined ? event : { ...event, traceid: traceparent, traceparent },
      }),
    alone: ({ event }) => publishAlone(deps, event),
    several: (publications, rows) => publishBulk(deps, type, publications, rows),
  });

/** Publishes journal entries as complete CloudEvents; the topic is the event's type. Every failure is retried. */
export const createPublisher = (deps: PublisherDeps): ((effect: ClaimedEffect) => Promise<Outcome>) => {
  const topics = new Map<string, Send<Publication, Published>>();
  let entries = 0;

  const topic = (type: string): Send<Publication, Published> => {
    const known = topics.get(type) ?? createTopic(deps, type);
    topics.set(type, known);
    return known;
  };

  return (effect) => {
    const event = toEvent(effect);
    return inTrySpan(effect, spanOf(event), async (trace, span): Promise<Outcome> => {
      entries += 1;
      const { error } = await topic(event.type)({ event, entryId: String(entries), trace });
      if (error === undefined) return { kind: 'done' };
      markFailed(span, statusOfSdkError(error)?.toString() ?? error);
      return { kind: 'retry', error: `publishing failed: ${error.message}` };
    });
  };
};
