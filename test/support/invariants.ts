import assert from 'node:assert/strict';
import type { z } from 'zod';
import type { JournalEntry } from '../../actors/rules/entries.js';
import { evolve } from '../../actors/rules/evolve.js';
import type { Item, OrderState } from '../../actors/rules/order.js';
import { owed } from '../../actors/rules/refund.js';
import { fromStored } from '../../actors/rules/stored-entry.js';
import { publishedData } from '../../api/schemas/published-events.js';
import { type EffectState, type LedgerEntry, type ReceivedEvent, type Shop, until } from './shop.js';
import { minor } from './given.js';

const described = (type: string): z.ZodType => {
  const schema = Object.entries(publishedData).find(([known]) => known === type)?.[1];
  assert.ok(schema, `${type} is not described`);
  return schema;
};

interface OfOrder {
  readonly order_id: string;
}

interface JournalRow extends OfOrder {
  readonly by_type: string;
  readonly by_id: string;
  readonly version: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly personal: object | null;
  readonly hash: string | null;
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

type Line = Pick<Item, 'id' | 'cancelled_quantity' | 'returned_quantity'>;
type LineRow = Line & OfOrder;

interface ReceiptRow extends OfOrder {
  readonly command_id: string;
}

/** All that is known of one order, in our database and at the other services. */
export interface Evidence {
  readonly row: OrderRow;
  readonly journal: readonly JournalRow[];
  /** Ids of the commands that were taken. */
  readonly receipts: ReadonlySet<string>;
  readonly lines: readonly Line[];
  readonly effects: readonly EffectState[];
  readonly ledger: readonly LedgerEntry[];
  readonly events: readonly ReceivedEvent[];
}

const pageSize = 200;
const asked = 16;

/** Does this to each, some at once, and answers in the same order. */
const mapped = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> => {
  const results: R[] = [];
  const rest = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of rest) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(asked, items.length) }, worker));
  return results;
};

const grouped = <T extends OfOrder>(rows: readonly T[]): ((id: string) => readonly T[]) => {
  const groups = Map.groupBy(rows, ({ order_id }) => order_id);
  return (id) => groups.get(id) ?? [];
};

/** Everything about every order, some hundreds of them at a time. */
export async function* evidenceOfAll(shop: Shop): AsyncGenerator<readonly Evidence[]> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const rows = await shop.query<OrderRow>('select * from orders where id > $1 order by id limit $2', after, pageSize);
    if (rows.length === 0) return;
    const ids = rows.map(({ id }) => id);
    const where = 'where order_id = any($1::uuid[])';
    const quantities = 'cancelled_quantity, returned_quantity';
    const [journal, receipts, lines, effects] = await Promise.all([
      shop.query<JournalRow>(`select * from order_events ${where} order by version`, ids).then(grouped),
      shop.query<ReceiptRow>(`select order_id, command_id from order_receipts ${where}`, ids).then(grouped),
      shop
        .query<LineRow>(
          `select order_id, id::text, ${quantities} from order_items ${where} order by order_items.id`,
          ids,
        )
        .then(grouped),
      shop.query<EffectState>(`select * from order_effects ${where} order by version, position`, ids).then(grouped),
    ]);
    yield await mapped(rows, async (row): Promise<Evidence> => {
      const { id } = row;
      const [ledger, events] = await Promise.all([shop.ledger(id), shop.events(id)]);
      return {
        ...{ row, journal: journal(id), effects: effects(id), ledger, events },
        receipts: new Set(receipts(id).map(({ command_id }) => command_id)),
        lines: lines(id).map(({ id: line, cancelled_quantity, returned_quantity }) => ({
          ...{ id: line, cancelled_quantity, returned_quantity },
        })),
      };
    });
    after = ids.at(-1)!;
  }
}

/** The order after each entry of its journal, by version - 1. */
export const replayedOf = ({ row: { id }, journal }: Evidence): readonly OrderState[] => {
  const entries = journal.map(({ version, at, type, data, personal }): JournalEntry => ({
    order_id: id,
    version,
    at: at.toISOString(),
    entry: fromStored({ type, data, personal }),
  }));
  const states: OrderState[] = [];
  for (const entry of entries) states.push(evolve(states.at(-1), entry));
  return states;
};

/** Versions 1, 2, 3 … and each command that wrote one with its receipt. */
const assertGapless = ({ row: { id, version }, journal, receipts }: Evidence): void => {
  assert.ok(version > 0, `order ${id} has no journal`);
  const versions = journal.map((row) => row.version);
  assert.deepEqual(
    versions,
    [...Array(version).keys()].map((n) => n + 1),
    `order ${id}: a gap in the journal`,
  );
  for (const row of journal) assert.ok(receipts.has(row.command_id), `${id}:${row.version} has no receipt`);
};

/** The order, its columns and its lines are what the journal tells. */
const assertTold = ({ row, lines }: Evidence, state: OrderState): void => {
  const { order, decimals, refunds } = state;
  assert.deepEqual(row.document, asJson(order), `order ${row.id}: the journal tells another story`);
  assert.equal(row.status, order.status);
  const open = refunds.filter((refund) => refund.state === 'requested');
  const requested = open.reduce((sum, refund) => sum + minor(refund.amount, decimals), 0n);
  assert.equal(minor(row.requested_amount, 4), requested * 10n ** BigInt(4 - decimals), `order ${row.id}: requested`);
  const told = order.items.map(({ id, cancelled_quantity, returned_quantity }) => ({
    ...{ id, cancelled_quantity, returned_quantity },
  }));
  assert.deepEqual(lines, told, `order ${row.id}: its lines`);
};

/** No unit and no cent from nowhere. */
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
const assertSettledUp = (state: OrderState, { journal, effects }: Evidence, elsewhere: ReadonlySet<string>): void => {
  const { order, decimals, refunds } = state;
  const released = new Map<string, number>();
  const releases = effects.filter(({ operation, state }) => operation === 'warehouse.release' && state !== 'withdrawn');
  for (const { payload } of releases)
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
const assertOnce = ({ row: { id }, journal, effects, ledger }: Evidence, rejected: ReadonlySet<string>): void => {
  // Only restoring an order withdraws effects, and nobody is asked for these.
  const isRestored = journal.some(({ type }) => type === 'order.restored');
  const standing = effects.filter(({ state }) => !(isRestored && state === 'withdrawn'));
  for (const { key, state, last_error } of standing)
    assert.equal(state, rejected.has(key) ? 'rejected' : 'done', `${key}: ${last_error ?? ''}`);
  const expected = standing.filter(({ key, target }) => target !== 'events' && !rejected.has(key));
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
const assertHeard = ({ row: { id }, journal, events }: Evidence): void => {
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
    const changed_by = { type: entry.by_type, id: entry.by_id };
    const told = {
      order_number,
      ...fromStored(entry).data,
      order_id: id,
      version: sequence,
      changed_by,
      hash: entry.hash,
    };
    assert.deepEqual(data, asJson(told), eventId);
  }
};

/** Waits until nothing is under way any more: no effect, no early event, and every event has arrived. */
export const quiet = async (shop: Shop, timeoutMs = 90_000): Promise<void> => {
  const pending = `select key, attempts, last_error from order_effects where state = 'pending' order by key limit 3`;
  /** The version up to which all events of an order have arrived. */
  const heardUpTo = new Map<string, number>();
  let open: unknown = 'nothing was looked at';
  const look = async (): Promise<boolean> => {
    const rows = await shop.query(pending);
    if (rows.length > 0) {
      open = rows;
      return false;
    }
    const orders = await shop.query<OrderRow>('select id, version from orders');
    const behind = orders.filter(({ id, version }) => heardUpTo.get(id) !== version);
    await mapped(behind, async ({ id, version }) => {
      const heard = new Set((await shop.events(id)).map(({ sequence }) => sequence));
      if (heard.size >= version) heardUpTo.set(id, version);
      else open = `order ${id}: ${heard.size} of ${version} events arrived`;
    });
    return behind.every(({ id, version }) => heardUpTo.get(id) === version);
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

/** What must be true of one order, part by part; each throws an AssertionError that tells where it is not. */
export const invariants = {
  journal: (evidence: Evidence): void => {
    assertGapless(evidence);
    const state = replayedOf(evidence).at(-1)!;
    assertTold(evidence, state);
    assertConserved(state);
  },
  effects: (evidence: Evidence, rejected: ReadonlySet<string>, refundedElsewhere: ReadonlySet<string>): void => {
    assertSettledUp(replayedOf(evidence).at(-1)!, evidence, refundedElsewhere);
    assertOnce(evidence, rejected);
  },
  events: assertHeard,
} as const;

/**
 * What is true of every order once everything is quiet, whatever was done to processes and services in between: gapless
 * journals that tell the stored order, nothing from nowhere, every effect once, every event heard.
 */
export const assertSound = async (shop: Shop, allowed: Allowed = {}): Promise<void> => {
  const { rejected = [], deadLetters = [], refundedElsewhere = [] } = allowed;
  await quiet(shop);
  const [refused, elsewhere] = [new Set(rejected), new Set(refundedElsewhere)];
  for await (const page of evidenceOfAll(shop)) {
    for (const evidence of page) {
      invariants.journal(evidence);
      invariants.effects(evidence, refused, elsewhere);
      invariants.events(evidence);
    }
  }
  const letters = await shop.query<{ topic: string; reason: string }>('select topic, reason from dead_letters');
  assert.deepEqual(letters.map(({ topic, reason }) => `${topic} ${reason}`).sort(), [...deadLetters].sort());
  assert.deepEqual(await shop.query('select * from waiting_events'), [], 'events still wait for their time');
};
