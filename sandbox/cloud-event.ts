/** A CloudEvent 1.0 as the other services publish them. */
export interface CloudEvent {
  specversion: '1.0';
  id: string;
  source: string;
  type: InboundTopic;
  subject?: string;
  time: string;
  datacontenttype: 'application/json';
  traceparent?: string;
  data: unknown;
}

/** Every topic that the order service listens to, and the service that owns it (the event's source). */
export const TOPIC_OWNERS = {
  'payment.authorized': 'payment-service',
  'payment.completed': 'payment-service',
  'payment.failed': 'payment-service',
  'payment.refunded': 'payment-service',
  'fulfillment.started': 'fulfillment-service',
  'shipping.shipped': 'shipping-service',
  'shipping.delivered': 'shipping-service',
  'return.requested': 'return-service',
  'return.completed': 'return-service',
  'customer.created': 'customer-service',
  'pricing.price.updated': 'pricing-service',
} as const;
export type InboundTopic = keyof typeof TOPIC_OWNERS;

/** Whether a name from outside is a topic that a service owns. */
export function isInboundTopic(name: string): name is InboundTopic {
  return Object.hasOwn(TOPIC_OWNERS, name);
}

const orderIdOf = (data: unknown): string | undefined =>
  typeof data === 'object' && data !== null && 'order_id' in data && typeof data.order_id === 'string'
    ? data.order_id
    : undefined;

/** The event that the owner of a topic would publish; its type is its topic, its subject the order, when it has one. */
export function cloudEvent(event: {
  topic: InboundTopic;
  id: string;
  data: unknown;
  at: Date;
  traceparent?: string | undefined;
}): CloudEvent {
  const subject = orderIdOf(event.data);
  return {
    specversion: '1.0',
    id: event.id,
    source: TOPIC_OWNERS[event.topic],
    type: event.topic,
    ...(subject === undefined ? {} : { subject }),
    time: event.at.toISOString(),
    datacontenttype: 'application/json',
    ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }),
    data: event.data,
  };
}
