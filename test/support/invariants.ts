import assert from 'node:assert/strict';
import type { z } from 'zod';
import type { JournalEntry } from '../../actors/rules/entries.js';
import { replay } from '../../actors/rules/evolve.js';
import type { Item, OrderState } from '../../actors/rules/order.js';
import { owed } from '../../actors/rules/refund.js';
import { publishedData } from '../../api/schemas/published-events.js';
import { type EffectState, type Shop, until } from '../e2e/shop.js';
import { minor } from './given.js';

const described = (type: string): z.ZodType => {
  const schema = Object.entries(publishedData).find(([known]) => known === type)?.[1];
  assert.ok(schema, `${type} is not described`);
  return schema;
};

interface JournalRow {
  readonly version: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly personal: object | null;
  readonly command_id: string;
  readonly at: Date;
}

interface OrderRow {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly requested_amount: string;
  readonly document: object;
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const orderIds = async (shop: Shop): Promise<readonly string[]> =>
  (await shop.query<{ id: string }>('select id from orders order by id')).map(({ id }) => id);

const journalOf = (shop: Shop, id: string): Promise<readonly JournalRow[]> =>
  shop.query('select * from order_events where order_id = $1 order by version', id);

const replayed = (id: string, rows: readonly JournalRow[]): OrderState => {
  const journal = rows.map(({ version, at, type, data, personal }): JournalEntry => ({
    order_id: id,
    version,
    at: at.toISOString(),
    entry: { type, data, ...(personal === null ? {} : { personal }) } as JournalEntry['entry'],
  }));
  const state = replay(journal);
  assert.ok(state, `order ${id} has no journal`);
  return state;
};

/** Versions 1, 2, 3 … and each command that wrote one with its receipt. */
const assertGapless = async (shop: Shop, { id, version }: OrderRow, journal: readonly JournalRow[]): Promise<void> => {
  const versions = journal.map((row) => row.version);
  assert.deepEqual(
    versions,
    [...Array(version).keys()].map((n) => n + 1),
    `order ${id}: a gap in the journal`,
  );
  const receipts = await shop.query<{ command_id: string }>(
    'select command_id from order_receipts where order_id = $1',
    id,
  );
  const known = new Set(receipts.map(({ command_id }) => command_id));
  for (const row of journal) assert.ok(known.has(row.command_id), `${id}:${row.version} has no receipt`);
};

/** The order, its columns and its lines are what the journal tells. */
const assertTold = async (shop: Shop, row: OrderRow, state: OrderState): Promise<void> => {
  const { order, decimals, refunds } = state;
  assert.deepEqual(row.document, asJson(order), `order ${row.id}: the journal tells another story`);
  assert.equal(row.status, order.status);
  const open = refunds.filter((refund) => refund.state === 'requested');
  const requested = open.reduce((sum, refund) => sum + minor(refund.amount, decimals), 0n);
  assert.equal(minor(row.requested_amount, 4), requested * 10n ** BigInt(4 - decimals), `order ${row.id}: requested`);
  const lines = await shop.query<Pick<Item, 'id' | 'cancelled_quantity' | 'returned_quantity'>>(
    'select id::text, cancelled_quantity, returned_quantity from order_items where order_id = $1 order by order_items.id',
    row.id,
  );
  const told = order.items.map(({ id, cancelled_quantity, returned_quantity }) => ({
    ...{ id, cancelled_quantity, returned_quantity },
  }));
  assert.deepEqual(lines, told, `order ${row.id}: its lines`);
};

/** No unit and no cent from nowhere (SPEC section 2, "Conservation"). */
const assertConserved = ({ order, decimals, refunds }: OrderState): void => {
  for (const { id, quantity, cancelled_quantity, returned_quantity } of order.items) {
    assert.ok(cancelled_quantity >= 0 && returned_quantity >= 0, `order ${order.id}, line ${id}: below zero`);
    assert.ok(cancelled_quantity + returned_quantity <= quantity, `order ${order.id}, line ${id}: more than bought`);
  }
  const [captured, refunded] = [order.captured_amount, order.refunded_amount].map((value) => minor(value, decimals));
  const open = refunds.filter(({ state }) => state === 'requested').map(({ amount }) => minor(amount, decimals));
  assert.ok(
    refunded! + open.reduce((sum, value) => sum + value, 0n) <= captured!,
    `order ${order.id}: refunded too much`,
  );
};

interface Refunded {
  readonly refund_id: string;
  readonly amount: string;
}

/** What was given back is what was cancelled: units at the warehouse, money at the payment service. */
const assertSettledUp = (
  state: OrderState,
  journal: readonly JournalRow[],
  effects: readonly EffectState[],
  elsewhere: ReadonlySet<string>,
): void => {
  const { order, decimals, refunds } = state;
  const released = new Map<string, number>();
  for (const { payload } of effects.filter(({ operation }) => operation === 'warehouse.release'))
    for (const { item_id, quantity } of payload['items'] as readonly { item_id: string; quantity: number }[])
      released.set(item_id, (released.get(item_id) ?? 0) + quantity);
  for (const { id, cancelled_quantity } of order.items)
    assert.equal(released.get(id) ?? 0, cancelled_quantity, `order ${order.id}, line ${id}: units released`);
  const paid = effects.filter(({ operation, state }) => operation === 'payment.refund' && state === 'done');
  const told = journal
    .filter(({ data }) => data['change'] === 'refunded')
    .map(({ data }) => data as unknown as Refunded);
  const byOthers = told.filter(({ refund_id }) => elsewhere.has(refund_id));
  assert.equal(new Set(byOthers.map(({ refund_id }) => refund_id)).size, byOthers.length, 'a refund is counted twice');
  const amounts = [...paid.map(({ payload }) => payload['amount'] as string), ...byOthers.map(({ amount }) => amount)];
  const sum = amounts.reduce((total, amount) => total + minor(amount, decimals), 0n);
  assert.equal(sum, minor(order.refunded_amount, decimals), `order ${order.id}: what was paid back`);
  assert.ok(!refunds.some(({ state }) => state === 'requested'), `order ${order.id}: a refund is open`);
  if (!refunds.some(({ state }) => state === 'refused'))
    assert.equal(owed(state).toString(), '0', `order ${order.id}: money is owed`);
};

/** Each effect happened, once: one ledger entry for each key, and none without an effect. */
const assertOnce = async (
  shop: Shop,
  id: string,
  effects: readonly EffectState[],
  rejected: ReadonlySet<string>,
): Promise<void> => {
  for (const { key, state, last_error } of effects)
    assert.equal(state, rejected.has(key) ? 'rejected' : 'done', `${key}: ${last_error ?? ''}`);
  const expected = effects.filter(({ key, target }) => target !== 'events' && !rejected.has(key));
  const ledger = await shop.ledger(id);
  assert.deepEqual(
    ledger.map(({ operation, key }) => `${operation} ${key}`).sort(),
    expected.map(({ operation, key }) => `${operation} ${key}`).sort(),
    `order ${id}: the ledger of the services`,
  );
  for (const { key, deliveries } of ledger) {
    const { attempts } = expected.find((effect) => effect.key === key)!;
    // Each try is one delivery at most, unless the sidecar tried again by itself.
    assert.ok(deliveries >= 1 && attempts >= 1, `${key}: ${deliveries} deliveries in ${attempts} attempts`);
  }
};

/** Every journal entry was published and arrived; repeats are allowed. */
const assertHeard = async (shop: Shop, id: string, journal: readonly JournalRow[]): Promise<void> => {
  const events = await shop.events(id);
  // As docs/asyncapi.yaml describes them: no field more, none missing.
  for (const { type, data } of events) described(type).parse(data);
  const arrived = new Map(events.map((event) => [event.sequence, event]));
  assert.deepEqual(
    [...arrived.keys()].sort((a, b) => a - b),
    journal.map(({ version }) => version),
    `order ${id}: events`,
  );
  for (const { id: eventId, sequence, type, data } of events) {
    const entry = journal.find(({ version }) => version === sequence)!;
    assert.equal(eventId, `${id}:${sequence}`);
    assert.equal(type, entry.type, eventId);
    const { order_number } = data;
    assert.deepEqual(data, { order_number, ...entry.data, order_id: id, version: sequence }, eventId);
  }
};

/** Waits until nothing is under way any more: no effect, no early event, and every event has arrived. */
export const quiet = async (shop: Shop, timeoutMs = 90_000): Promise<void> => {
  const pending = `select key, attempts, last_error from order_effects where state = 'pending' order by key limit 3`;
  let open: unknown = 'nothing was looked at';
  const look = async (): Promise<boolean> => {
    const rows = await shop.query(pending);
    if (rows.length > 0) {
      open = rows;
      return false;
    }
    for (const { id, version } of await shop.query<OrderRow>('select id, version from orders')) {
      const heard = new Set((await shop.events(id)).map(({ sequence }) => sequence));
      if (heard.size < version) {
        open = `order ${id}: ${heard.size} of ${version} events arrived`;
        return false;
      }
    }
    return true;
  };
  await until('everything is quiet', look, timeoutMs, 200).catch((error: unknown) => {
    throw new Error(`${String(error)}\nstill open: ${JSON.stringify(open)}`, { cause: error });
  });
};

/** What a test did on purpose and a sound shop would not show. */
export interface Allowed {
  /** Keys of effects that were refused for good. */
  readonly rejected?: readonly string[];
  /** Dead letters, as `<topic> <reason>`. */
  readonly deadLetters?: readonly string[];
  /** Ids of refunds that no order asked for: the payment service only told of them. */
  readonly refundedElsewhere?: readonly string[];
}

/**
 * What is true of every order once everything is quiet, whatever was done to processes and services in between: gapless
 * journals that tell the stored order, nothing from nowhere, every effect once, every event heard.
 */
export const assertSound = async (shop: Shop, allowed: Allowed = {}): Promise<void> => {
  const { rejected = [], deadLetters = [], refundedElsewhere = [] } = allowed;
  await quiet(shop);
  for (const id of await orderIds(shop)) {
    const [row] = await shop.query<OrderRow>('select * from orders where id = $1', id);
    const journal = await journalOf(shop, id);
    await assertGapless(shop, row!, journal);
    const state = replayed(id, journal);
    await assertTold(shop, row!, state);
    assertConserved(state);
    const effects = await shop.effects(id);
    assertSettledUp(state, journal, effects, new Set(refundedElsewhere));
    await assertOnce(shop, id, effects, new Set(rejected));
    await assertHeard(shop, id, journal);
  }
  const letters = await shop.query<{ topic: string; reason: string }>('select topic, reason from dead_letters');
  assert.deepEqual(letters.map(({ topic, reason }) => `${topic} ${reason}`).sort(), [...deadLetters].sort());
  assert.deepEqual(await shop.query('select * from waiting_events'), [], 'events still wait for their time');
};
