import { types } from 'node:util';
import { type Shop, until } from '../support/shop.js';
import { type Evidence, evidenceOfAll, invariants, quiet, replayedOf } from '../support/invariants.js';
import { minor } from '../support/given.js';
import { owed } from '../../actors/rules/refund.js';
import { type AfterCare, takeCare } from './after-care.js';
import type { Attempt } from './attempts.js';
import { isExcused, type Occurrence } from './excuses.js';
import { commitsOf, faultsOfHistory } from './histories.js';
import { leftovers } from './leftovers.js';
import type { Load } from './load.js';
import type { Operation } from './operations.js';

/** One thing that must be true whatever was done. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** How much was looked at. */
  readonly counts: Readonly<Record<string, number>>;
  /** What is wrong, at most so much of it, and how much of it there is. */
  readonly faults: readonly string[];
  readonly wrong: number;
}

const shownFaults = 20;

const check = (name: string, counts: Check['counts'], faults: readonly string[]): Check => ({
  ...{ name, ok: faults.length === 0, counts },
  faults: faults.slice(0, shownFaults),
  wrong: faults.length,
});

const count = <T>(items: readonly T[], holds: (item: T) => boolean): number => items.filter(holds).length;

/** The faults of checks that are made order by order, and how much they looked at. */
const byOrder = () => {
  const faults: Record<'commands' | 'journal' | 'effects' | 'events' | 'histories', string[]> = {
    ...{ commands: [], journal: [], effects: [], events: [], histories: [] },
  };
  const counts = { orders: 0, entries: 0, effects: 0, ledger: 0, repeats: 0, received: 0, refunds: 0 };
  const note = (where: string[], work: () => void): void => {
    try {
      work();
    } catch (error) {
      where.push(types.isNativeError(error) ? error.message : String(error));
    }
  };
  return { faults, counts, note };
};

/** Which orders an operation made or changed, and how often. */
const appearances = (pages: readonly Evidence[]): ReadonlyMap<string, number> => {
  const found = new Map<string, number>();
  for (const evidence of pages)
    for (const { writer } of commitsOf(evidence))
      if (writer !== undefined) found.set(writer, (found.get(writer) ?? 0) + 1);
  return found;
};

const commandFaults = (operations: readonly Operation[], found: ReadonlyMap<string, number>): readonly string[] =>
  operations.flatMap(({ id, call, command, outcome, code, order }) => {
    const times = found.get(id) ?? 0;
    const what = `${id} (${call} of ${order ?? 'no order'})`;
    if (command === undefined && call !== 'createOrder') return times === 0 ? [] : [`${what} is in the journal`];
    if (times > 1) return [`${what} is in the journal ${times} times`];
    if (outcome === 'done' && times === 0) return [`${what} was acknowledged and is not in the journal`];
    if (outcome === 'refused' && times === 1) return [`${what} was refused (${code ?? ''}) and is in the journal`];
    return [];
  });

/** A parcel that had left before its order was cancelled: the one conflict that this load can make. */
const isParcelOfCancelled = (topic: string, status: string | null): boolean =>
  (topic === 'shipping.shipped' || topic === 'shipping.delivered') && status === 'cancelled';

const letterFaults = async (shop: Shop): Promise<readonly string[]> => {
  const letters = await shop.query<{ topic: string; reason: string; order_id: string; status: string | null }>(
    'select l.topic, l.reason, l.order_id, o.status from dead_letters l left join orders o on o.id = l.order_id',
  );
  return letters
    .filter(({ topic, status }) => !isParcelOfCancelled(topic, status))
    .map(({ topic, reason, order_id }) => `dead letter: ${topic} of order ${order_id}: ${reason}`);
};

const told = ({ call, surface, replica, result, told: answer, start, end }: Attempt, zero: number): string =>
  `${call} by ${surface}${replica === undefined ? '' : ` of replica ${replica}`}: ${result} (${answer}) ` +
  `from ${((start - zero) / 1_000).toFixed(1)} s to ${((end - zero) / 1_000).toFixed(1)} s`;

const restMs = 300_000;

const underWay = `
  select o.id, o.status, o.payment_status, o.document -> 'hold' as hold, o.document -> 'deadlines' as deadlines,
    (select json_agg(e.type || ' ' || to_char(e.at, 'HH24:MI:SS.MS') order by e.version) from order_events e where e.order_id = o.id) as journal,
    (select json_agg(f.operation || ' ' || f.state order by f.version, f.position) from order_effects f where f.order_id = o.id) as effects
  from orders o
  where o.status not in ('delivered', 'cancelled')
  order by o.id`;

/** Waits until every order has come to its end (the sandbox walks each, unless it was cancelled) and nothing is under way. */
const comeToRest = async (shop: Shop): Promise<readonly string[]> => {
  const ended = async (): Promise<boolean> => {
    const open = await shop.query(`select id from orders where status not in ('delivered', 'cancelled') limit 1`);
    return open.length === 0;
  };
  try {
    await until('every order is delivered or cancelled', ended, restMs, 500);
    await quiet(shop, restMs);
    return [];
  } catch (error) {
    const left = (await shop.query(underWay)).map((order) => `under way: ${JSON.stringify(order)}`);
    return [types.isNativeError(error) ? error.message : String(error), ...left];
  }
};

/** What was done, and how closely to look. */
export interface Looking {
  readonly faults: readonly Occurrence[];
  /** When the run began, on the clients' clock. */
  readonly zero: number;
  /** Whether to wait, minutes perhaps, until replicas have let go of actors that their sidecars forgot. */
  readonly actors: boolean;
}

/** Waits until all is quiet, and looks at everything. */
export const checkAll = async (
  shop: Shop,
  load: Load,
  { faults, zero, actors }: Looking,
): Promise<readonly Check[]> => {
  const { operations, attempts, payments } = load;
  const known = new Set(operations.flatMap(({ order }) => order ?? []));
  const { rejected, released, cancelled, retried }: AfterCare = await takeCare(shop, known);
  const restless = await comeToRest(shop);
  const { faults: found, counts, note } = byOrder();
  const of = new Map<string, Operation[]>();
  const lost = new Map<string, Operation>();
  for (const operation of operations) {
    if (operation.order === undefined) lost.set(operation.id, operation);
    else of.set(operation.order, [...(of.get(operation.order) ?? []), operation]);
  }
  const all: Evidence[] = [];
  const toldOf = new Map<string, bigint>();
  for (const { order, amount } of payments) toldOf.set(order, (toldOf.get(order) ?? 0n) + minor(amount, 2));
  const wrongMoney: string[] = [];
  for await (const page of evidenceOfAll(shop)) {
    for (const evidence of page) {
      all.push(evidence);
      const { row, journal, effects, ledger, events } = evidence;
      note(found.journal, () => invariants.journal(evidence));
      note(found.effects, () => invariants.effects(evidence, new Set(rejected), new Set()));
      note(found.events, () => invariants.events(evidence));
      const creation = commitsOf(evidence)[0]?.writer;
      const unknown = creation === undefined ? undefined : lost.get(creation);
      const own = [...(of.get(row.id) ?? []), ...(unknown === undefined ? [] : [unknown])];
      note(found.histories, () => found.histories.push(...faultsOfHistory(evidence, own)));
      const states = replayedOf(evidence);
      const [first, last] = [states[0]!, states.at(-1)!];
      const expected = minor(first.order.captured_amount, 2) + (toldOf.get(row.id) ?? 0n);
      if (minor(last.order.captured_amount, 2) !== expected)
        wrongMoney.push(`order ${row.id}: ${last.order.captured_amount} captured where ${expected} were told of`);
      if (!owed(last).isZero())
        wrongMoney.push(`order ${row.id}: ${owed(last).toFixed()} is owed, and nobody was asked`);
      counts.orders += 1;
      counts.entries += journal.length;
      counts.effects += effects.length;
      counts.ledger += ledger.length;
      counts.repeats += ledger.reduce((sum, { deliveries }) => sum + deliveries - 1, 0);
      counts.refunds += count(effects, ({ operation }) => operation === 'payment.refund');
      counts.received += events.length;
    }
  }
  const stored = new Set(all.map(({ row }) => row.id));
  const missing = [...of.keys()]
    .filter((id) => !stored.has(id))
    .map((id) => `order ${id} was acknowledged and is not there`);
  const commands = operations.filter(({ call, command }) => command !== undefined || call === 'createOrder');
  const unexcused = attempts.filter((attempt) => !isExcused(attempt, faults));
  const wanting = attempts.filter(({ result }) => result !== 'done' && result !== 'refused');
  return [
    check(
      'every acknowledged command is in the journal exactly once, and nothing there was refused',
      {
        acknowledged: count(commands, ({ outcome }) => outcome === 'done'),
        refused: count(commands, ({ outcome }) => outcome === 'refused'),
        unknown: count(commands, ({ outcome }) => outcome === 'unknown'),
      },
      [...missing, ...commandFaults(operations, appearances(all))],
    ),
    check(
      'journals are gapless, their replay is the stored order, conservation holds',
      { orders: counts.orders, entries: counts.entries },
      found.journal,
    ),
    check(
      'every effect is settled, one ledger entry a key, refunds add up to the cent',
      { effects: counts.effects, ledger: counts.ledger, repeats: counts.repeats, refunds: counts.refunds },
      found.effects,
    ),
    check(
      'of every order each sequence was received, and every event of others was taken',
      { entries: counts.entries, received: counts.received, payments: payments.length },
      [
        ...found.events,
        ...wrongMoney,
        ...(await letterFaults(shop)),
        ...(await shop.query('select * from waiting_events')).map((row) => `still waits: ${JSON.stringify(row)}`),
      ],
    ),
    check(
      'clients of surviving replicas saw no error, the others only clean ones',
      { requests: attempts.length, 'not answered at once': wanting.length },
      unexcused.map((attempt) => told(attempt, zero)),
    ),
    check(
      'everything comes to rest, and nothing is stuck',
      { 'released by staff': released, 'cancelled by staff': cancelled, 'retried by staff': retried },
      [...restless, ...(await leftovers(shop, actors))],
    ),
    check(
      'every order’s history is linearizable',
      { orders: of.size, operations: operations.length, looks: operations.length - commands.length },
      found.histories,
    ),
  ];
};
