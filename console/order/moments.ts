import type { Author, Change, Effect, Entry } from '../api/types.js';
import { operationText, words } from '../ui/text.js';
import type { History } from './history.js';

/** One line of the timeline. */
export interface Moment {
  readonly id: string;
  readonly at: string;
  readonly title: string;
  readonly who: string;
  readonly why?: string | undefined;
  readonly tone: string;
  /** The version it made. */
  readonly version?: number;
  readonly edits: readonly Change[];
  readonly raw: unknown;
}

const eventTitles: Readonly<Record<string, string>> = {
  'order.created': 'Order created',
  'order.imported': 'Order imported',
  'order.items_cancelled': 'Items cancelled',
  'order.cancelled': 'Order cancelled',
  'order.return_requested': 'Return requested',
  'order.returned': 'Returned',
  'order.payment_updated': 'Payment updated',
  'order.completed': 'Order completed',
  'order.held': 'Order held',
  'order.released': 'Hold released',
  'order.restored': 'Cancellation undone',
  'order.erased': 'Personal data erased',
  'order.updated': 'Order updated',
};

const channels: Readonly<Record<string, string>> = {
  rest: 'REST',
  grpc: 'gRPC',
  invoke: 'Dapr',
  event: 'an event',
  worker: 'a background task',
  deadline: 'a deadline',
};

/** Who did something, in words. */
export const nameOf = ({ type, id }: Author): string => (type === 'system' ? 'the system' : `${type} ${id}`);

const textIn = (data: Entry['data'], name: string): string | undefined => {
  const value = data[name];
  return typeof value === 'string' ? value : undefined;
};

const titleOf = ({ type, data }: Entry, move: string | undefined): string => {
  const change = textIn(data, 'change');
  if (type === 'order.payment_updated' && change !== undefined) return `Payment ${words(change).toLowerCase()}`;
  const title = eventTitles[type] ?? words(type.replace('order.', ''));
  if (move === undefined || type === 'order.created') return title;
  return type === 'order.status_changed' ? move : `${title}: ${move.toLowerCase()}`;
};

const moneyIn = (data: Entry['data']): string | undefined => {
  const amount = textIn(data, 'amount');
  const payment = textIn(data, 'payment_id');
  return amount === undefined ? undefined : `${amount}${payment === undefined ? '' : ` of payment ${payment}`}`;
};

const momentOf = (entry: Entry, { statuses, edits }: History): Moment => {
  const { version, at, by, channel, data } = entry;
  const moves = statuses.filter((one) => one.version === version);
  const changed = edits.filter((one) => one.version === version);
  const [move] = moves.map(({ from_status, to_status }) =>
    from_status === undefined ? words(to_status) : `${words(from_status)} → ${words(to_status).toLowerCase()}`,
  );
  const told = [...moves, ...changed].map(({ reason }) => reason).find((reason) => reason !== undefined);
  const why = [told ?? textIn(data, 'reason'), moves.find(({ notes }) => notes !== undefined)?.notes, moneyIn(data)];
  return {
    id: `v${version}`,
    at,
    title: titleOf(entry, move),
    who: `${nameOf(by)}, by ${channels[channel] ?? channel}`,
    why: why.filter((text) => text !== undefined).join(' · ') || undefined,
    tone: moves.some(({ to_status }) => to_status === 'cancelled') ? 'red' : 'blue',
    version,
    edits: changed.map(({ field, old_value, new_value }) => ({ path: field, old: old_value, new: new_value })),
    raw: entry,
  };
};

const toneOf = (state: Effect['state']): string => {
  if (state === 'done' || state === 'resolved') return 'green';
  return state === 'pending' || state === 'withdrawn' ? 'grey' : 'red';
};

const momentsOfEffect = (effect: Effect): readonly Moment[] => [
  {
    id: effect.key,
    at: effect.settled_at ?? effect.created_at,
    title: `${operationText(effect.operation)}: ${effect.state}`,
    who: effect.target,
    why: effect.last_error,
    tone: toneOf(effect.state),
    edits: [],
    raw: effect,
  },
  ...effect.actions.map((done, index) => ({
    id: `${effect.key} ${index}`,
    at: done.at,
    title: `${operationText(effect.operation)}: ${done.action === 'retry' ? 'tried again' : 'marked as resolved'}`,
    who: nameOf(done.by),
    why: done.reason,
    tone: 'grey',
    edits: [],
    raw: done,
  })),
];

/** Everything, newest first: the journal, and what became of the requests to other services. */
export const momentsOf = (history: History, effects: readonly Effect[]): readonly Moment[] =>
  [
    ...history.entries.map((entry) => momentOf(entry, history)),
    ...effects.filter(({ operation }) => operation !== 'event.publish').flatMap(momentsOfEffect),
  ].sort((a, b) => b.at.localeCompare(a.at) || (b.version ?? 0) - (a.version ?? 0));
