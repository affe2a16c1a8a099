import { z } from 'zod';
import type { EventType } from '../../actors/rules/entries.js';
import { orderTopics } from '../../actors/rules/order.js';
import { customerCreated, eventData, priceUpdated } from '../schemas/events.js';
import { publishedData, publishedEnvelope } from '../schemas/published-events.js';

type JsonSchema = Readonly<Record<string, unknown>>;

interface Envelope extends JsonSchema {
  readonly properties: JsonSchema;
  readonly required: readonly string[];
}

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
};

const summaries: Readonly<Record<EventType, string>> = {
  'order.created': 'An order is stored.',
  'order.status_changed': 'An order moved, and the move has no event of its own.',
  'order.updated': 'Addresses, notes, metadata or the customer changed.',
  'order.items_cancelled': 'Units are cancelled; the order goes on.',
  'order.cancelled': 'The whole order is cancelled.',
  'order.return_requested': 'A return is announced.',
  'order.returned': 'Units came back.',
  'order.payment_updated': 'Money was authorized, captured or refunded, or was not.',
  'order.restored': 'A cancellation was undone.',
  'order.held': 'Fulfilment is on hold: the order is not paid for, or a person said so.',
  'order.released': 'A hold ended.',
  'order.completed': 'The return window closed.',
  'order.erased': 'What is personal of the order was erased.',
};

const inbound: Readonly<Record<string, z.ZodType>> = {
  ...Object.fromEntries(orderTopics.map((topic) => [topic, eventData[topic]])),
  'customer.created': customerCreated,
  'pricing.price.updated': priceUpdated,
};

const nameOf = (topic: string): string => topic.replace(/[._](\w)/g, (_match, letter: string) => letter.toUpperCase());

const channel = (topic: string) => ({
  address: topic,
  messages: { event: { $ref: `#/components/messages/${nameOf(topic)}` } },
});

const operation = (action: 'send' | 'receive', topic: string) => ({
  action,
  channel: { $ref: `#/channels/${nameOf(topic)}` },
});

const outMessage = (topic: EventType): JsonSchema => {
  const envelope = schemaOf(publishedEnvelope, 'output') as Envelope;
  return {
    name: topic,
    summary: summaries[topic],
    contentType: 'application/cloudevents+json',
    payload: {
      ...envelope,
      properties: { ...envelope.properties, type: { const: topic }, data: schemaOf(publishedData[topic], 'output') },
      required: [...envelope.required, 'data'],
    },
  };
};

const inMessage = (topic: string, data: z.ZodType): JsonSchema => ({
  name: topic,
  contentType: 'application/cloudevents+json',
  payload: {
    type: 'object',
    properties: {
      id: { type: 'string', maxLength: 255 },
      source: { type: 'string', maxLength: 1000 },
      type: { type: 'string' },
      data: schemaOf(data, 'input'),
    },
    required: ['id', 'source', 'data'],
  },
});

/** The AsyncAPI 3.0 document of all events, made from the schemas that the service and its tests use. */
export const asyncApiDocument = (version: string): JsonSchema => {
  const out = Object.keys(publishedData) as EventType[];
  const taken = Object.entries(inbound);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Order Service events',
      version,
      description:
        'CloudEvents 1.0 on the Dapr pub/sub component `pubsub`; the topic is the type. Every journal entry of an order publishes one event: id `<order id>:<version>`, sequence = version, without a gap.',
    },
    channels: Object.fromEntries(
      [...out, ...taken.map(([topic]) => topic)].map((topic) => [nameOf(topic), channel(topic)]),
    ),
    operations: Object.fromEntries([
      ...out.map((topic) => [`send_${nameOf(topic)}`, operation('send', topic)]),
      ...taken.map(([topic]) => [`receive_${nameOf(topic)}`, operation('receive', topic)]),
    ]),
    components: {
      messages: Object.fromEntries<JsonSchema>([
        ...out.map((topic) => [nameOf(topic), outMessage(topic)] as const),
        ...taken.map(([topic, data]) => [nameOf(topic), inMessage(topic, data)] as const),
      ]),
    },
  };
};
