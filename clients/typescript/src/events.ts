/** Who made a change. */
export interface ChangedBy {
  readonly type: string;
  readonly id: string;
}

/** What every event's data has; the rest depends on its type (docs/events.md of the service). */
export interface OrderEventData {
  readonly order_id: string;
  readonly order_number?: string;
  readonly from_status?: string;
  readonly to_status?: string;
  readonly changed_by?: ChangedBy;
  readonly [field: string]: unknown;
}

/** The types of the events that the service publishes. */
export const orderEventTypes = [
  'order.created',
  'order.status_changed',
  'order.updated',
  'order.items_cancelled',
  'order.cancelled',
  'order.return_requested',
  'order.returned',
  'order.payment_updated',
  'order.completed',
  'order.held',
  'order.released',
  'order.restored',
  'order.erased',
  'order.erased',
] as const;

/** An event of an order, as a CloudEvent. */
export interface OrderEvent {
  readonly id: string;
  readonly source: string;
  readonly type: (typeof orderEventTypes)[number];
  /** The order's version: 1, 2, 3 … without gaps (of an imported order from its first change on). */
  readonly sequence: string;
  readonly time: string;
  readonly data: OrderEventData;
}

/** The event of a CloudEvent's JSON; undefined where it is none of the order service. */
export const orderEventOf = (body: unknown): OrderEvent | undefined => {
  const event = body as Partial<OrderEvent> | null;
  if (typeof event !== 'object' || event === null || typeof event.id !== 'string') return undefined;
  const known = (orderEventTypes as readonly unknown[]).includes(event.type);
  const [, version] = /^[0-9a-f-]{36}:(\d+)$/.exec(event.id) ?? [];
  if (!known || version === undefined) return undefined;
  return { ...(event as OrderEvent), sequence: String(event.sequence ?? version) };
};

/** What to do with an event, given the version of the order that was seen last. */
export type Arrival = 'next' | 'repeat' | 'gap';

/**
 * Compares an event with the last version seen of its order (0: none). `next`: apply it. `repeat`: it is known, acknowledge
 * it. `gap`: others before it are still under way; read the order, or wait for them.
 */
export const arrivalOf = (event: Pick<OrderEvent, 'sequence'>, lastSeen: number): Arrival => {
  const sequence = Number(event.sequence);
  if (sequence <= lastSeen) return 'repeat';
  return sequence === lastSeen + 1 ? 'next' : 'gap';
};
