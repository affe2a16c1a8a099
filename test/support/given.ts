import assert from 'node:assert/strict';
import type { Context, Policy } from '../../actors/rules/commands.js';
import { type ChangeCommand, decide } from '../../actors/rules/decide.js';
import type { Accepted, Decision } from '../../actors/rules/decision.js';
import { type Effect, effectsOf } from '../../actors/rules/effects.js';
import type { Entry, JournalEntry } from '../../actors/rules/entries.js';
import { evolve, replay } from '../../actors/rules/evolve.js';
import type { OrderState } from '../../actors/rules/order.js';

/** The present moment of every test that names no other. */
export const noon = '2026-03-01T12:00:00.000Z';

/** A moment so many hours after noon; RFC 3339 UTC. */
export const hoursLater = (hours: number): string => new Date(Date.parse(noon) + hours * 3_600_000).toISOString();

/** The order of every test. */
export const orderId = 'order-1';

/** Everything switched on, the default periods. */
export const policy: Policy = {
  returnWindowDays: 30,
  autoCancelHours: 24,
  cancelGraceSeconds: 0,
  partialCancellations: true,
  returns: true,
  defaultCountry: 'US',
  waitingHours: 24,
};

/** Staff at noon, everything switched on, the default periods. */
export const context: Context = {
  caller: { type: 'staff', id: 'staff-1' },
  now: noon,
  policy,
};

/** What the rules said to a command, in one word; a refusal by its code. */
export const verdictOf = (decision: Decision): string => {
  if (decision.outcome === 'refused') return decision.refusal.code;
  return decision.outcome === 'accepted' && decision.kept.length > 0 ? 'kept' : decision.outcome;
};

/** An order after a command: what was said, what was written, where it stands. */
export interface After {
  readonly verdict: string;
  readonly decision: Decision;
  readonly entries: readonly Entry[];
  readonly effects: readonly Effect[];
  readonly state: OrderState;
  readonly journal: readonly JournalEntry[];
}

/** Everything personal in a sample order contains this word: it may not turn up in what leaves the service. */
export const secret = 'PERSONAL';

/** A decimal string in the smallest unit of its currency; exact, and no code in common with the rules. */
export const minor = (value: string, decimals: number): bigint => {
  const [whole = '', fraction = ''] = value.split('.');
  assert.match(value, /^\d+(\.\d+)?$/);
  assert.ok(fraction.length <= decimals, `${value} has more than ${decimals} decimals`);
  return BigInt(whole + fraction.padEnd(decimals, '0'));
};

const stored = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** What is true of every order at every moment. */
const assertSound = (state: OrderState, journal: readonly JournalEntry[], effects: readonly Effect[]): void => {
  const { order, decimals, refunds } = state;
  for (const { id, quantity, cancelled_quantity, returned_quantity } of order.items) {
    assert.ok(cancelled_quantity >= 0 && returned_quantity >= 0, `line ${id}: a negative quantity`);
    assert.ok(
      cancelled_quantity + returned_quantity <= quantity,
      `line ${id}: more cancelled and returned than bought`,
    );
  }
  const money = (values: readonly string[]): bigint => values.reduce((sum, value) => sum + minor(value, decimals), 0n);
  const asked = refunds.filter((refund) => refund.state === 'requested').map(({ amount }) => amount);
  assert.ok(
    money([order.refunded_amount, ...asked]) <= money([order.captured_amount]),
    'refunded + requested > captured',
  );
  const windows = order.deadlines.filter(({ what }) => what === 'return_window');
  const arrived = ['delivered', 'partially_returned', 'returned'].includes(order.status);
  assert.equal(windows.length, arrived && order.completed_at === undefined ? 1 : 0, 'a return window for each parcel');
  const versions = journal.map(({ version }) => version);
  assert.deepEqual(
    versions,
    [...Array(order.version).keys()].map((n) => n + 1),
    'a gap in the versions',
  );
  const kept = { ...state, waiting: [] };
  assert.deepEqual(replay(journal), kept, 'the journal tells another story');
  assert.deepEqual(
    stored(replay(stored(journal) as JournalEntry[])),
    stored(kept),
    'the stored journal tells another story',
  );
  const sent = JSON.stringify([journal.map(({ entry }) => entry.data), effects]);
  assert.ok(!sent.includes(secret), `personal data leaves the service: ${sent}`);
};

/** Takes a command as an actor's turn does, and holds the result against everything that must always be true. */
export const take = (before: Pick<After, 'state' | 'journal'>, command: ChangeCommand, by: Partial<Context>): After => {
  const asked = { ...context, ...by };
  const decision = decide(before.state, command, asked);
  const { entries, kept, released }: Pick<Accepted, 'entries' | 'kept' | 'released'> =
    decision.outcome === 'accepted' ? decision : { entries: [], kept: [], released: [] };
  const journal = [...before.journal];
  const effects: Effect[] = [];
  let { state } = before;
  for (const entry of entries) {
    const placed = {
      order_id: state.order.id,
      version: state.order.version + 1,
      at: asked.now,
      by: asked.caller.type,
      entry,
    };
    journal.push(placed);
    const earlier = state;
    state = evolve(earlier, placed);
    effects.push(...effectsOf(earlier, state, entry));
  }
  state = { ...state, waiting: [...state.waiting.filter((event) => !released.includes(event)), ...kept] };
  assertSound(state, journal, effects);
  return { verdict: verdictOf(decision), decision, entries, effects, state, journal };
};

/** Of `actual`, what `expected` speaks of. */
const alike = (actual: unknown, expected: unknown): unknown => {
  if (typeof actual !== 'object' || typeof expected !== 'object' || actual === null || expected === null) return actual;
  if (Array.isArray(actual) && Array.isArray(expected)) return actual.map((value, i) => alike(value, expected[i]));
  const fields = actual as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, alike(fields[key], value)]));
};

/** What a test says of the outcome: the parts it cares for, or a function that looks for itself. */
export type Expectation = { readonly [Part in keyof After]?: unknown } | ((after: After) => void);

/** An order in the middle of a test. */
export interface Given {
  readonly state: OrderState;
  readonly journal: readonly JournalEntry[];
  readonly when: (command: ChangeCommand, by?: Partial<Context>) => { readonly then: (expected: Expectation) => Given };
}

const standing = (at: Pick<After, 'state' | 'journal'>): Given => ({
  ...at,
  when: (command, by = {}) => ({
    then: (expected) => {
      const after = take(at, command, by);
      if (typeof expected === 'function') expected(after);
      else assert.deepEqual(alike(after, expected), expected);
      return standing(after);
    },
  }),
});

/** An order by its journal; the commands after it are taken first, at noon, and must all be accepted. */
export const given = (journal: readonly JournalEntry[], ...commands: readonly ChangeCommand[]): Given => {
  const state = replay(journal);
  assert.ok(state, 'an order needs a journal');
  const accepted = (after: After): void => assert.match(after.verdict, /accepted|kept/);
  return commands.reduce((at, command) => at.when(command).then(accepted), standing({ state, journal }));
};
