import { isDeepStrictEqual } from 'node:util';
import type { Channel } from '../../../actors/command-envelope.js';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import type { Caller } from '../../../actors/rules/order-parts.js';
import { toStored } from '../../../actors/rules/stored-entry.js';
import { digest } from '../../../sandbox/requests.js';
import { told } from './inputs.js';
import { asJson, judge, type Judgement, type Seen } from './judge.js';
import type { JournalRow, Snapshot } from './snapshot.js';
import { ask, type World } from './world.js';

/** The id that the sandbox's payment service gives to the refund of this key. */
export const refundIdOf = (key: string): string => `re_${digest(`refund ${key}`)}`;

/** Whether this is the id of a refund that an order asked for. */
export const isRefundOfOurs = (refundId: string): boolean => /^re_[0-9a-f]{24}$/.test(refundId);

/** One way to tell how the order came from one moment to the next, as far as it goes. */
interface Path {
  readonly world: World;
  readonly rows: readonly JournalRow[];
  readonly seen: readonly Seen[];
}

type Written = Pick<Judgement, 'entries' | 'world' | 'commandId' | 'caller' | 'channel'>;

const briefRow = ({ version, type, data }: JournalRow): string => `${version} ${type} ${JSON.stringify(data)}`;

/** What of an outcome is not what the journal goes on with. */
const rowMisfit = (
  { entries, commandId, caller, channel }: Written,
  rows: readonly JournalRow[],
): string | undefined => {
  const [first] = rows;
  if (first === undefined) return 'the journal has no more';
  for (const [n, entry] of entries.entries()) {
    const row = rows[n];
    const expected = asJson({
      ...toStored(entry),
      ...{ by_type: caller.type, by_id: caller.id, channel, command_id: commandId ?? first.command_id, at: first.at },
    });
    const { version: _version, ...actual } = row ?? { version: 0 };
    if (!isDeepStrictEqual(actual, expected))
      return `expected ${JSON.stringify(expected)}, the journal has ${JSON.stringify(actual)}`;
  }
  return rows[entries.length]?.command_id === first.command_id ? 'the journal has more of it' : undefined;
};

interface OwnCommand {
  readonly command: ChangeCommand;
  readonly caller: Caller;
  readonly channel: Channel;
}

/** What the service asks by itself is known by its id: the answer to a refund, a deadline. */
const ownCommand = ({ command_id, data, personal }: JournalRow): OwnCommand | undefined => {
  const [, key, outcome] = /^effect:(.+):(refunded|refused)(?::[-0-9T:.Z+ ]+)?$/.exec(command_id) ?? [];
  const { payment_id } = data as { readonly payment_id?: string };
  const effects = { caller: { type: 'system', id: 'effects' }, channel: 'worker' } as const;
  if (key !== undefined && outcome === 'refunded')
    return { command: { type: 'settle_refund', key, outcome, refund_id: refundIdOf(key), payment_id }, ...effects };
  if (key !== undefined) {
    const { reason = '' } = (personal ?? {}) as { readonly reason?: string };
    return { command: { type: 'settle_refund', key, outcome: 'refused', reason }, ...effects };
  }
  const [, what, at] = /^deadline:(payment|return_window):(.+)$/.exec(command_id) ?? [];
  if (what === undefined || at === undefined) return undefined;
  const command = { type: 'meet_deadline', what: what as 'payment' | 'return_window', at } as const;
  return { command, caller: { type: 'system', id: 'deadlines' }, channel: 'deadline' };
};

/** What is stored is what the model holds; the lines that it does not agree on. */
export const differences = ({ state, letters, receipts, unnamed }: World, snapshot: Snapshot): readonly string[] => {
  const compare = (what: string, actual: unknown, expected: unknown): readonly string[] =>
    isDeepStrictEqual(actual, expected)
      ? []
      : [`${what}: expected ${JSON.stringify(expected)}, stored ${JSON.stringify(actual)}`];
  const byId = <T extends { readonly event_id: string }>(events: readonly T[]): readonly T[] =>
    events.toSorted((a, b) => (a.event_id < b.event_id ? -1 : 1));
  const waiting = state.waiting.map(({ event_id, topic, data }) => ({ event_id, topic, data }));
  const lettersKept = snapshot.letters.map(({ topic, event_id }) => `${topic} ${event_id}`);
  const wrong = snapshot.letters.filter(({ topic, event_id, reason }) => {
    const reasons = letters.get(`${topic} ${event_id}`);
    return reasons !== undefined && !reasons.includes(reason);
  });
  const ids = new Set(snapshot.receipts.map(({ command_id }) => command_id));
  return [
    ...compare('the document', snapshot.document, asJson(state.order)),
    ...compare('events that wait', byId(snapshot.waiting), asJson(byId(waiting))),
    ...compare('dead letters', lettersKept.toSorted(), [...letters.keys()].toSorted()),
    ...compare('reasons of dead letters', wrong, []),
    ...compare(
      'receipts that are missing',
      [...receipts.keys()].filter((id) => !ids.has(id)),
      [],
    ),
    ...compare('count of receipts', ids.size, receipts.size + unnamed),
  ];
};

/** Whether this may be one of the orders in which the inputs were taken, tried out one after the other. */
const createSearch = (snapshot: Snapshot, now: string) => {
  let closest: { readonly left: number; readonly why: readonly string[] } = { left: Infinity, why: [] };

  const note = ({ rows, seen, world }: Path, why: readonly string[]): void => {
    const left = rows.length + seen.length;
    if (left >= closest.left) return;
    const { order, refunds, waiting } = world.state;
    const where =
      `the model is at version ${order.version}, ${order.status}, payment ${order.payment_status}, captured ${order.captured_amount}, ` +
      `refunded ${order.refunded_amount}, refunds ${refunds.map(({ amount, state }) => `${amount} ${state}`).join(', ')}, ` +
      `waiting ${waiting.map(({ topic, event_id }) => `${topic} ${event_id}`).join(', ')}`;
    closest = { left, why: [where, ...rows.map((row) => `journal goes on: ${briefRow(row)}`), ...why] };
  };

  /** What changes nothing may as well be taken at once. */
  const withoutIdle = ({ world, rows, seen }: Path): Path => {
    const at = rows[0]?.at ?? now;
    let [left, after] = [seen, world];
    for (const one of seen) {
      const judged = judge(after, one, at);
      const idle = judged.misfit === undefined && judged.entries.length === 0 && judged.world.state === after.state;
      if (!idle || judged.world.receipts !== after.receipts || judged.world.unnamed !== after.unnamed) continue;
      after = judged.world;
      left = left.filter((other) => other !== one);
    }
    return { world: after, rows, seen: left };
  };

  const byItself = (path: Path, row: JournalRow): World | undefined => {
    const own = ownCommand(row);
    if (own === undefined) return undefined;
    const asked = { ...own, commandId: row.command_id, requestHash: '' };
    const outcome = ask(path.world, asked, row.at);
    const written = { ...outcome, ...asked };
    const misfit = outcome.entries.length === 0 ? 'it writes nothing' : rowMisfit(written, path.rows);
    if (misfit === undefined)
      return follow({ ...path, world: outcome.world, rows: path.rows.slice(outcome.entries.length) });
    note(path, [`${row.command_id}: ${JSON.stringify(outcome.reply)}: ${misfit}`]);
    return undefined;
  };

  const follow = (from: Path): World | undefined => {
    const path = withoutIdle(from);
    const { world, rows, seen } = path;
    const [row] = rows;
    if (row === undefined && seen.length === 0) {
      const wrong = differences(world, snapshot);
      if (wrong.length === 0) return world;
      note(path, wrong);
      return undefined;
    }
    if (row !== undefined && ownCommand(row) !== undefined) {
      const found = byItself(path, row);
      if (found !== undefined) return found;
    }
    const why: string[] = [];
    for (const one of seen) {
      const judged = judge(world, one, row?.at ?? now);
      const { entries, misfit } = judged;
      const wrong = misfit ?? (entries.length === 0 ? undefined : rowMisfit(judged, rows));
      if (wrong !== undefined) {
        why.push(`${told(one.input)}: ${wrong}`);
        continue;
      }
      const rest = {
        world: judged.world,
        rows: rows.slice(entries.length),
        seen: seen.filter((other) => other !== one),
      };
      const found = follow(rest);
      if (found !== undefined) return found;
    }
    note(path, why);
    return undefined;
  };

  return { follow, closest: () => closest.why };
};

/** What waits is decided in the order in which it came, which shows only where it is kept. */
const inStoredOrder = (world: World, { waiting }: Snapshot): World => {
  const place = new Map(waiting.map(({ event_id }, n) => [event_id, n]));
  const sorted = world.state.waiting.toSorted((a, b) => place.get(a.event_id)! - place.get(b.event_id)!);
  return { ...world, state: { ...world.state, waiting: sorted } };
};

/**
 * Looks for an order of these inputs, and of what the service asks by itself, in which the rules one after the other give
 * just what was seen: every answer, every verdict, every line of the journal, all that is stored. Its actor takes one
 * command at a time, so there must be one.
 *
 * @throws Error that tells how far the best try came
 */
export const explain = (world: World, seen: readonly Seen[], snapshot: Snapshot): World => {
  const rows = snapshot.journal.filter(({ version }) => version > world.state.order.version);
  const search = createSearch(snapshot, new Date().toISOString());
  const found = search.follow({ world, rows, seen });
  if (found === undefined)
    throw new Error(`no order of these inputs explains the outcome\n${search.closest().join('\n')}`);
  return inStoredOrder(found, snapshot);
};
