import { changesBetween, inside } from './edit.js';
import type { Change, JournalEntry } from './entries.js';
import { evolve } from './evolve.js';
import type { Json, Order, OrderState } from './order.js';
import { parcelPaths } from './parcels.js';
import { erasedText } from './stored-entry.js';

/*
 * The edit history of an order: every change that is no status change, leaf by leaf. Edits say themselves what they
 * changed; everything else is the difference between the order before and after an entry, so that a history is complete
 * from creation on, whatever release wrote the journal.
 */

/** An entry's changes, in a fixed order. */
export interface EditsOfEntry {
  readonly version: number;
  readonly changes: readonly Change[];
}

const asJson = (value: object | undefined): Json | undefined =>
  value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as Json);

const topFields = ({ captured_amount, refunded_amount, payment_id, payment_status, completed_at }: Order): Json =>
  asJson({ captured_amount, refunded_amount, payment_id, payment_status, completed_at }) ?? null;

const paths = (order: Order): ReadonlyMap<string, Json | undefined> =>
  new Map([
    ...order.items.map(({ id, cancelled_quantity, returned_quantity }): [string, Json | undefined] => [
      `items.${id}`,
      { cancelled_quantity, returned_quantity },
    ]),
    ...order.payments.map((payment): [string, Json | undefined] => [
      inside('payments', payment.payment_id),
      asJson({ ...payment, payment_id: undefined }),
    ]),
    ...parcelPaths(order),
    ['hold', asJson(order.hold)],
  ]);

/** The kind of an erased hold is not shown. */
const isErased = (field: string, value: Json): boolean => /^hold\.(reason|by)\b/.test(field) && value === erasedText;

const withoutErased = (change: Change): Change => ({
  ...change,
  ...(isErased(change.field, change.old_value) ? { old_value: null } : {}),
  ...(isErased(change.field, change.new_value) ? { new_value: null } : {}),
});

const atTop = (change: Change): Change => ({ ...change, field: change.field.replace(/^order\./, '') });

/** The parts of an order that paths are made of. */
const parts = [
  ...(['items', 'payments', 'shipments', 'hold', 'completed_at', 'payment_id', 'payment_status'] as const),
  ...(['captured_amount', 'refunded_amount'] as const),
] as const;

const differences = (before: Order, after: Order): readonly Change[] => {
  // An edit leaves all of them as they are, and an order may have many lines and many edits.
  if (parts.every((part) => before[part] === after[part])) return [];
  const [old, now] = [paths(before), paths(after)];
  return [
    ...changesBetween('order', topFields(before), topFields(after)).map(atTop),
    ...[...new Set([...old.keys(), ...now.keys()])].flatMap((path) =>
      changesBetween(path, old.get(path), now.get(path)).map(withoutErased),
    ),
  ];
};

/** What the order differs by after each entry of a journal, its creation left out; without what edits tell themselves. */
export const differencesIn = (journal: readonly JournalEntry[]): readonly EditsOfEntry[] => {
  let state: OrderState | undefined;
  return journal.flatMap((placed) => {
    const before = state;
    state = evolve(before, placed);
    return before === undefined ? [] : [{ version: placed.version, changes: differences(before.order, state.order) }];
  });
};

/** What each entry of a journal changed, its creation left out. */
export const editsIn = (journal: readonly JournalEntry[]): readonly EditsOfEntry[] => {
  const edits = new Map(
    journal.map(({ version, entry }) => [version, entry.type === 'order.updated' ? entry.personal.changes : []]),
  );
  return differencesIn(journal).map(({ version, changes }) => ({
    version,
    changes: [...(edits.get(version) ?? []), ...changes],
  }));
};

/** What customers and guests do not see: why fulfilment waits, and who said so. */
export const isForStaff = (field: string): boolean => /^hold\.(reason|by)\b/.test(field);
