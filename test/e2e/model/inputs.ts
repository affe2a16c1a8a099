import type { OrderCommand } from '../../../actors/rules/commands.js';
import type { Caller } from '../../../actors/rules/order-parts.js';
import type { InboundData, OrderTopic } from '../../../actors/rules/order.js';
import { type CloudEvent, TOPIC_OWNERS } from '../../../sandbox/cloud-event.js';
import type { Body } from '../../support/driver.js';

/** The ways in: the gateways of both replicas, and service invocation by the sandbox's sidecar. */
export type Gateway = 'REST 1' | 'REST 2' | 'gRPC 1' | 'gRPC 2' | 'invocation';

/** A client's command that an order can be asked. */
export type Command = Extract<
  OrderCommand,
  { type: 'create' | 'change_status' | 'cancel' | 'cancel_items' | 'update' | 'retry_refund' }
>;

/** A call with all that goes along; it is sent as it stands here, once or more often. */
export interface Request {
  readonly kind: 'call';
  readonly caller: Caller;
  readonly gateway: Gateway;
  readonly key?: string | undefined;
  /** A version. */
  readonly ifMatch?: number | undefined;
  readonly body: Body;
  /** What the gateways make of it. */
  readonly command: Command;
}

/** News of a customer: not about one order, yet here only one order has the email. */
export interface CustomerData {
  readonly customer_id: string;
  readonly email: string;
  readonly email_verified: boolean;
}

/** An event as the service that owns its topic publishes it. */
export type News =
  | {
      readonly kind: 'event';
      readonly topic: OrderTopic;
      readonly id: string;
      readonly data: InboundData;
      /** CloudEvents time, RFC 3339 UTC; undefined: when it is published. */
      readonly time?: string | undefined;
    }
  | { readonly kind: 'event'; readonly topic: 'customer.created'; readonly id: string; readonly data: CustomerData };

/** Something that reaches an order from outside. */
export type Input = Request | News;

/** Which service an event is from. */
export const sourceOf = (topic: CloudEvent['type']): string => TOPIC_OWNERS[topic];

const brief = (value: unknown): string => JSON.stringify(value).replaceAll('"', '');

/** An input in one line. */
export const told = (input: Input): string => {
  if (input.kind === 'event') return `event ${input.topic} ${input.id} ${brief(input.data)}`;
  const { command, caller, gateway, key, ifMatch, body } = input;
  const details = [
    ...(key === undefined ? [] : [`key ${key}`]),
    ...(ifMatch === undefined ? [] : [`if-match ${ifMatch}`]),
    ...(command.type === 'create' ? [] : [brief(body)]),
  ];
  return `${command.type} by ${caller.type} over ${gateway} ${details.join(' ')}`;
};
