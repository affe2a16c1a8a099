import { coverageOf, isCovered, withConsequences } from '../actors/rules/coverage.js';
import type { Entry, JournalEntry } from '../actors/rules/entries.js';
import { evolve } from '../actors/rules/evolve.js';
import { stillAuthorizedIn } from '../actors/rules/funds.js';
import { type ImportedPayment, importedPaymentStatuses } from '../actors/rules/creation-entries.js';
import { later, openUnits } from '../actors/rules/lifecycle.js';
import { type Amount, format } from '../actors/rules/money.js';
import type { Caller } from '../actors/rules/order-parts.js';
import type { OrderState } from '../actors/rules/order.js';
import { type Status, statuses } from '../actors/rules/transitions.js';
import { amountsOf, beginningOf, dayMs, type ImportContext, reachedDelivery, text, timesOf } from './beginning.js';
import { jsonOf, type OldEdit, type OldMove, type OldOrder } from './old-orders.js';

/** An entry with who made it. */
export interface AuthoredEntry extends JournalEntry {
  readonly author: Caller;
}

/** An order of the former service as a journal, and what the journal makes of it. */
export interface Journaled {
  readonly state: OrderState;
  readonly entries: readonly AuthoredEntry[];
}

/** Why an order cannot be taken over. */
export interface Unfit {
  readonly why: string;
}

/** The author of what no history contains. */
const importer: Caller = { type: 'system', id: 'import' };

const isStatus = (text: string | null): text is Status => (statuses as readonly (string | null)[]).includes(text);
const isPaymentStatus = (text: string | null): text is ImportedPayment['status'] =>
  (importedPaymentStatuses as readonly (string | null)[]).includes(text);

const quoted = (text: string | null): string => (text === null ? 'none' : JSON.stringify(text));

const unfitness = (old: OldOrder): string | undefined => {
  const { status, payment_status, items } = old;
  if (!isStatus(status)) return `unknown status: ${quoted(status)}`;
  if (!isPaymentStatus(payment_status)) return `unknown payment status: ${quoted(payment_status)}`;
  if (amountsOf(old).some((text) => text !== null && !/^-?\d+(\.\d+)?$/.test(text))) return 'an amount is not a number';
  const negative = items.find(({ quantity }) => (quantity ?? 0) < 0);
  return negative === undefined ? undefined : `item ${negative.id} has a negative quantity`;
};

const callerTypes: readonly Caller['type'][] = ['service', 'staff', 'admin', 'customer', 'guest', 'system'];

/** Who changed it. An email address is personal and stays out. */
const authorOf = ({ changed_by, changed_by_type }: OldMove | OldEdit): Caller => {
  const type = callerTypes.find((one) => one === changed_by_type?.toLowerCase()) ?? 'system';
  return { type, id: text(changed_by)?.includes('@') === false ? (changed_by ?? '') : importer.id };
};

/** A status in the order's history, with the time at which it was reached. */
interface Step {
  readonly status: Status;
  readonly at: string | null;
  readonly by: Caller;
  readonly reason?: string | undefined;
  readonly notes?: string | undefined;
}

interface Course {
  readonly begin: Status;
  readonly steps: readonly Step[];
}

/** The statuses that the history contains, one after the other. Those that are not known here are left out. */
const courseOf = ({ status, moves }: OldOrder): Course => {
  const steps = moves.flatMap((move): readonly Step[] =>
    isStatus(move.to_status)
      ? [
          {
            ...{ status: move.to_status, at: move.changed_at, by: authorOf(move) },
            ...{ reason: text(move.reason), notes: text(move.notes) },
          },
        ]
      : [],
  );
  const [first] = steps;
  const last = status as Status;
  if (first === undefined) return { begin: last, steps: [] };
  const from = moves.find(({ to_status }) => to_status === first.status)?.from_status ?? null;
  return isStatus(from) && from !== first.status
    ? { begin: from, steps }
    : { begin: first.status, steps: steps.slice(1) };
};

const laterOf = (a: string, b: string): string => (Date.parse(a) >= Date.parse(b) ? a : b);

/** Puts an order's journal together, entry by entry. */
const createWriter = (orderId: string) => {
  const entries: AuthoredEntry[] = [];
  let before: OrderState | undefined;
  let state: OrderState | undefined;
  return {
    add: (entry: Entry, at: string, author: Caller): OrderState => {
      const last = entries.at(-1);
      const placed = {
        order_id: orderId,
        version: entries.length + 1,
        at: last === undefined ? at : laterOf(at, last.at),
        by: author.type,
      };
      before = state;
      state = evolve(before, { ...placed, entry });
      entries.push({ ...placed, entry, author });
      return state;
    },
    /** The journal, its last entry with these consequences. */
    finish: (more: Parameters<typeof withConsequences>[1]): Journaled => {
      if (state !== undefined && Object.keys(more).length === 0) return { state, entries };
      const last = entries.pop();
      if (last === undefined) throw new Error('a journal has at least one entry');
      const entry = withConsequences([last.entry], more)[0] ?? last.entry;
      return { state: evolve(before, { ...last, entry }), entries: [...entries, { ...last, entry }] };
    },
  };
};

const voidsOf = (state: OrderState) => {
  const open: Amount = stillAuthorizedIn(state);
  return open.isZero()
    ? {}
    : { voids_requested: [{ payment_id: state.payments[0]?.payment_id, amount: format(open, state.decimals) }] };
};

/** The entry of a move that happened before the import. */
const entryOf = (
  state: OrderState,
  { status: to_status, reason, notes }: Step,
  at: string,
  context: ImportContext,
): Entry => {
  const imported = true as const;
  const remarks = notes === undefined ? {} : { personal: { notes } };
  const moved = { imported, from_status: state.order.status, to_status };
  if (to_status === 'cancelled') {
    const data = { ...moved, to_status, reason: reason ?? notes ?? '', items: openUnits(state), ...voidsOf(state) };
    return { type: 'order.cancelled', data, ...remarks };
  }
  const isOpen = state.order.deadlines.some(({ what }) => what === 'return_window');
  const opens = to_status === 'delivered' || (reachedDelivery(to_status) && !isOpen);
  const return_window_ends_at = opens ? later(at, context.policy.returnWindowDays * dayMs) : undefined;
  if (to_status === 'returned') {
    const data = { ...moved, reason, items: openUnits(state), return_window_ends_at };
    return { type: 'order.returned', data, ...remarks };
  }
  const data = {
    ...{ ...moved, reason, return_window_ends_at },
    shipped_at: to_status === 'shipped' || (reachedDelivery(to_status) && !state.order.shipment) ? at : undefined,
    delivered_at: to_status === 'delivered' ? at : undefined,
  };
  return { type: 'order.status_changed', data, ...remarks };
};

const editOf = (edit: OldEdit): Entry => {
  const field = text(edit.field) ?? 'order';
  const change = { field, old_value: jsonOf(edit.old_value) ?? null, new_value: jsonOf(edit.new_value) ?? null };
  return {
    type: 'order.updated',
    data: { imported: true, fields: [field], reason: text(edit.reason) },
    personal: { changes: [change] },
  };
};

const write = (old: OldOrder, started: boolean, context: ImportContext): Journaled => {
  const { created, updated } = timesOf(old, context.now);
  const { begin, steps } = courseOf(old);
  const writer = createWriter(old.id);
  let state = writer.add(beginningOf(old, begin, started, context), created, importer);
  const move = (step: Step): void => {
    if (step.status === state.order.status) return;
    const isCancelled = step.status === 'cancelled';
    const cancelled = isCancelled ? old.cancelled_at : null;
    // What the order itself says is kept, whatever its history was told.
    const reason = (isCancelled ? text(old.cancellation_reason) : undefined) ?? step.reason;
    const at = laterOf(cancelled ?? step.at ?? state.order.created_at, state.order.created_at);
    state = writer.add(entryOf(state, { ...step, reason }, at, context), at, step.by);
  };
  const edit = (one: OldEdit): void => {
    state = writer.add(editOf(one), one.changed_at ?? created, authorOf(one));
  };
  const events = [
    ...steps.map((step) => ({ at: step.at ?? created, run: () => move(step) })),
    ...old.edits.map((one) => ({ at: one.changed_at ?? created, run: () => edit(one) })),
  ].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  for (const { run } of events) run();
  move({ status: old.status as Status, at: updated, by: importer });
  const window = state.order.deadlines.find(({ what }) => what === 'return_window');
  if (window !== undefined && Date.parse(window.at) <= Date.parse(context.now))
    state = writer.add({ type: 'order.completed', data: { imported: true } }, window.at, importer);
  const { payment_due_at } = coverageOf(state, context).consequences;
  return writer.finish(payment_due_at === undefined ? {} : { payment_due_at });
};

/**
 * The journal of an order of the former service: its import, then what its histories contain. Everything in it is settled, so
 * that nothing follows from it. Fulfilment counts as started, unless the order is confirmed and not paid for.
 */
export const journalOf = (old: OldOrder, context: ImportContext): Journaled | Unfit => {
  const why = unfitness(old);
  if (why !== undefined) return { why };
  const journaled = write(old, true, context);
  return journaled.state.order.status === 'confirmed' && !isCovered(journaled.state)
    ? write(old, false, context)
    : journaled;
};
