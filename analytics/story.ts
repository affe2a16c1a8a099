import type { Created, Imported } from '../actors/rules/creation-entries.js';
import type { Entry, JournalEntry } from '../actors/rules/entries.js';
import { evolve } from '../actors/rules/evolve.js';
import { type Amount, amount, zero } from '../actors/rules/money.js';
import type { ItemQuantity } from '../actors/rules/order-parts.js';
import type { OrderState } from '../actors/rules/order.js';
import { remainingValue } from '../actors/rules/refund.js';
import type { Status } from '../actors/rules/transitions.js';

/** A status that the order came to. */
export interface Stop {
  readonly status: Status;
  /** When; milliseconds since 1970. */
  readonly at: number;
}

/** Units that were cancelled, or came back, for a reason. */
export interface Loss {
  /** As it was given; undefined: none was. */
  readonly reason: string | undefined;
  readonly units: number;
  /** By how much the order is worth less; of returns nothing, since the return service settles them. */
  readonly amount: Amount;
}

/** What an order's journal says, as far as figures are made of it. */
export interface Story {
  readonly createdAt: Date;
  /** The order as the journal leaves it, without personal data. */
  readonly state: OrderState;
  /** Every status in turn, the first one too. */
  readonly stops: readonly Stop[];
  readonly cancellations: readonly Loss[];
  readonly returns: readonly Loss[];
}

/**
 * What is left of an order, by the refund rule. Never more than the order: where a line went for nothing, giving it up can
 * make the rest dearer by the rule, but that is not paid.
 */
export const worthOf = (state: OrderState): Amount => {
  const [left, total] = [remainingValue(state), amount(state.order.total_amount)];
  return left.lt(total) ? left : total;
};

const unitsOf = (items: readonly ItemQuantity[]): number => items.reduce((sum, { quantity }) => sum + quantity, 0);

const movedTo = ({ data }: Entry): Status | undefined => ('to_status' in data ? data.to_status : undefined);

const beginning = (
  first: JournalEntry | undefined,
): (JournalEntry & { readonly entry: Created | Imported }) | undefined =>
  first?.entry.type === 'order.created' || first?.entry.type === 'order.imported'
    ? { ...first, entry: first.entry }
    : undefined;

/** Returns of the order's own list, whose reasons may have come with the announcement, and those made by hand. */
const returnsIn = (journal: readonly JournalEntry[], { order }: OrderState): readonly Loss[] => {
  const found = journal.flatMap(({ entry }): readonly Loss[] => {
    if (entry.type === 'order.returned') {
      const { return_id, items, reason } = entry.data;
      const known = order.returns.find((one) => return_id !== undefined && one.return_id === return_id);
      return [{ reason: known?.reason ?? reason, units: unitsOf(items), amount: zero }];
    }
    const byHand = entry.type === 'order.status_changed' && entry.data.to_status === 'partially_returned';
    return byHand && entry.data.reason !== undefined ? [{ reason: entry.data.reason, units: 0, amount: zero }] : [];
  });
  const happened = order.status === 'partially_returned' || order.status === 'returned';
  return happened && found.length === 0 ? [{ reason: undefined, units: 0, amount: zero }] : found;
};

/**
 * Reads a journal. Undefined where it does not begin with the order's creation.
 *
 * @param journal in the order of versions; `personal` is not looked at
 */
export const storyOf = (journal: readonly JournalEntry[]): Story | undefined => {
  const first = beginning(journal[0]);
  if (first === undefined) return undefined;
  const stops: Stop[] = [];
  const cancellations: Loss[] = [];
  let state: OrderState | undefined;
  for (const step of journal) {
    const { entry, at } = step;
    const before = state;
    state = evolve(before, step);
    const status = movedTo(entry);
    if (status !== undefined) stops.push({ status, at: Date.parse(at) });
    // As if it had never been cancelled: the loss of an order that was restored is none.
    if (entry.type === 'order.restored') cancellations.pop();
    if (before !== undefined && (entry.type === 'order.cancelled' || entry.type === 'order.items_cancelled')) {
      const { reason, items } = entry.data;
      cancellations.push({ reason, units: unitsOf(items), amount: worthOf(before).minus(worthOf(state)) });
    }
  }
  if (state === undefined) return undefined;
  const createdAt = new Date(first.at);
  return { createdAt, state, stops, cancellations, returns: returnsIn(journal, state) };
};
