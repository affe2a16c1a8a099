import type { Effect } from '../../../actors/rules/effects.js';
import type { Order, WaitingEvent } from '../../../actors/rules/order.js';
import type { Shop } from '../../support/shop.js';

/** A line of an order's journal as it is stored. */
export interface JournalRow {
  readonly version: number;
  readonly type: string;
  readonly data: object;
  readonly personal: object | null;
  readonly by_type: string;
  readonly by_id: string;
  readonly channel: string;
  readonly command_id: string;
  readonly at: string;
}

/** A dead letter of an order. */
export interface Letter {
  readonly topic: string;
  readonly event_id: string;
  readonly reason: string;
}

/** All that is stored of one order, at one moment. */
export interface Snapshot {
  readonly document: Order;
  readonly journal: readonly JournalRow[];
  /** In the order in which they came. */
  readonly waiting: readonly Pick<WaitingEvent, 'topic' | 'event_id' | 'data'>[];
  readonly letters: readonly Letter[];
  readonly receipts: readonly { readonly command_id: string }[];
  readonly effects: readonly (Effect & { readonly state: string })[];
}

const list = (columns: readonly string[], from: string, order = columns[0]!): string => {
  const fields = columns.map((column) => `'${column}', ${column}`).join(', ');
  return `(select coalesce(json_agg(json_build_object(${fields}) order by ${order}), '[]') from ${from})`;
};

const statement = `
select document,
  ${list(
    ['version', 'type', 'data', 'personal', 'by_type', 'by_id', 'channel', 'command_id', 'at'],
    'order_events where order_id = $1',
  )} as journal,
  ${list(['event_id', 'topic', 'data'], 'waiting_events where order_id = $1', 'received_at, ctid')} as waiting,
  ${list(['event_id', 'topic', 'reason'], 'dead_letters where order_id = $1')} as letters,
  ${list(['command_id'], 'order_receipts where order_id = $1')} as receipts,
  (select coalesce(json_agg(json_build_object('key', key, 'target', target, 'operation', operation, 'payload', payload,
     'state', state) order by version, position), '[]') from order_effects where order_id = $1) as effects
from orders where id = $1`;

/** Reads an order as it is stored. */
export const takeSnapshot = async (shop: Shop, id: string): Promise<Snapshot> => {
  const [found] = await shop.query<Snapshot>(statement, id);
  if (found === undefined) throw new Error(`there is no order ${id}`);
  return { ...found, journal: found.journal.map((row) => ({ ...row, at: new Date(row.at).toISOString() })) };
};
