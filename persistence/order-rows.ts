import type { Change, NumberedEntry } from '../actors/order-store.js';
import type { JournalEntry } from '../actors/rules/entries.js';
import { fromStored, toStored } from '../actors/rules/stored-entry.js';
import type { Caller, Deadline } from '../actors/rules/order-parts.js';
import type { WaitingEvent } from '../actors/rules/order.js';

/** An entry as the statement that loads an order answers it. */
export interface JournalRow {
  readonly version: number;
  readonly at: string;
  readonly type: string;
  readonly data: unknown;
  readonly personal: unknown;
  readonly by_type: Caller['type'];
  readonly hash: string | null;
}

/** The entry of a row. */
export const toEntry = (orderId: string, { version, at, type, data, personal, by_type }: JournalRow): JournalEntry => ({
  order_id: orderId,
  version,
  at: new Date(at).toISOString(),
  by: by_type,
  entry: fromStored({ type, data, personal }),
});

/** A waiting event, its time as RFC 3339 UTC with milliseconds. */
export const toWaiting = (event: WaitingEvent): WaitingEvent => ({
  ...event,
  received_at: new Date(event.received_at).toISOString(),
});

/** Entries as JSON rows of the journal. */
export const journalRows = (entries: readonly NumberedEntry[]): string =>
  JSON.stringify(
    entries.map(({ version, entry, link, seal }) => ({
      ...link,
      ...seal,
      version,
      ...toStored(entry),
    })),
  );

/** What changed of the lines as JSON rows. */
export const lineRows = ({ state, itemsChanged }: Change): string =>
  itemsChanged
    ? JSON.stringify(
        state.order.items.map(({ id, cancelled_quantity, returned_quantity, metadata }) => ({
          id,
          cancelled_quantity,
          returned_quantity,
          metadata,
        })),
      )
    : '[]';

/** The deadline that comes first: the one that the sweeper looks for. */
export const earliest = (deadlines: readonly Deadline[]): Deadline | undefined =>
  deadlines.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))[0];
