import { useState } from 'preact/hooks';
import { call } from '../api/client.js';
import type { Author, Change, Effect, Entry, Order, Problem } from '../api/types.js';
import { Card, Dialog, Empty, Time, Trouble, Waiting } from '../ui/parts.js';
import { operationText, valueText, words } from '../ui/text.js';
import { Changes, pathText } from './changes.js';
import type { History } from './history.js';

interface Moment {
  readonly id: string;
  readonly at: string;
  readonly title: string;
  readonly who: string;
  readonly why?: string | undefined;
  readonly tone: string;
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

const nameOf = ({ type, id }: Author): string => (type === 'system' ? 'the system' : `${type} ${id}`);

const momentOf = (version: number, { entries, statuses, edits }: History): Moment => {
  const entry: Entry | undefined = entries.find((one) => one.version === version);
  const moves = statuses.filter((one) => one.version === version);
  const changed = edits.filter((one) => one.version === version);
  const [first] = [...moves, ...changed];
  const move = moves.map(({ from_status, to_status }) =>
    from_status === undefined ? 'Order created' : `${words(from_status)} → ${words(to_status).toLowerCase()}`,
  );
  const title = move[0] ?? (entry === undefined ? 'Order updated' : (eventTitles[entry.type] ?? words(entry.type)));
  const by = entry?.by ?? first?.changed_by;
  const reasons = [...moves, ...changed].map(({ reason }) => reason);
  return {
    id: `v${version}`,
    at: entry?.at ?? first?.changed_at ?? '',
    title,
    who: `${by === undefined ? '' : nameOf(by)}${entry === undefined ? '' : `, by ${entry.channel}`}`,
    why: reasons.find((reason) => reason !== undefined),
    tone: moves.some(({ to_status }) => to_status === 'cancelled') ? 'red' : 'blue',
    version,
    edits: changed.map(({ field, old_value, new_value }) => ({ path: field, old: old_value, new: new_value })),
    raw: entry ?? [...moves, ...changed],
  };
};

const toneOf = (state: string): string => {
  if (state === 'done' || state === 'resolved') return 'green';
  return state === 'pending' || state === 'withdrawn' ? 'grey' : 'red';
};

const momentOfEffect = (effect: Effect): Moment => ({
  id: effect.key,
  at: effect.settled_at ?? effect.created_at,
  title: `${operationText(effect.operation)}: ${effect.state}`,
  who: effect.target,
  why: effect.last_error,
  tone: toneOf(effect.state),
  edits: [],
  raw: effect,
});

/** Everything, newest first. */
export const momentsOf = (history: History, effects: readonly Effect[]): readonly Moment[] => {
  const versions = new Set([...history.entries, ...history.statuses, ...history.edits].map(({ version }) => version));
  return [
    ...[...versions].map((version) => momentOf(version, history)),
    ...effects.filter(({ operation }) => operation !== 'event.publish').map(momentOfEffect),
  ].sort((a, b) => b.at.localeCompare(a.at) || (b.version ?? 0) - (a.version ?? 0));
};

const Then = ({ order, version, onClose }: { order: Order; version: number; onClose: () => void }) => {
  const [state, setState] = useState<{ changes?: readonly Change[]; then?: Order; problem?: Problem }>();
  if (state === undefined)
    void Promise.all([
      call<{ order: Order }>(`/${order.id}?version=${version}`),
      version === order.version
        ? undefined
        : call<{ changes: readonly Change[] }>(`/${order.id}/diff?from=${version}&to=${order.version}`),
    ]).then(([then, diff]) => {
      if (then.ok) setState({ then: then.value.order, ...(diff?.ok === true ? { changes: diff.value.changes } : {}) });
      else setState({ problem: then.problem });
    });
  return (
    <Dialog title={`As it was at version ${version}`} onClose={onClose}>
      {state === undefined ? <Waiting what="the order as it was" /> : null}
      {state?.problem === undefined ? null : <Trouble problem={state.problem} />}
      {state?.changes === undefined ? null : (
        <>
          <h3>What has changed since</h3>
          <Changes changes={state.changes} order={order} />
        </>
      )}
      {state?.then === undefined ? null : (
        <details open={state.changes === undefined}>
          <summary>The whole order at version {version}</summary>
          <pre tabIndex={0}>{JSON.stringify(state.then, null, 2)}</pre>
        </details>
      )}
    </Dialog>
  );
};

/** What happened, who did it and why. */
export const Timeline = ({
  order,
  history,
  effects,
}: {
  order: Order;
  history: History;
  effects: readonly Effect[];
}) => {
  const [then, setThen] = useState<number>();
  const moments = momentsOf(history, effects);
  return (
    <Card title="Timeline" aside={<span class="dim">version {order.version}</span>}>
      {moments.length === 0 ? <Empty>Nothing is known yet.</Empty> : null}
      <ol class="timeline">
        {moments.map(({ id, at, title, who, why, tone, version, edits, raw }) => (
          <li key={id} class={tone}>
            <strong>{title}</strong>
            <div class="dim small">
              <Time at={at} /> · <bdi>{who}</bdi>
            </div>
            {why === undefined ? null : (
              <div class="small">
                <bdi>{why}</bdi>
              </div>
            )}
            {edits.map((edit) => (
              <div class="small" key={edit.path}>
                <bdi>{pathText(edit.path, order)}</bdi>:{' '}
                <del>
                  <bdi>{valueText(edit.old)}</bdi>
                </del>{' '}
                →{' '}
                <ins>
                  <bdi>{valueText(edit.new)}</bdi>
                </ins>
              </div>
            ))}
            <div class="more">
              {version === undefined ? null : (
                <button type="button" class="quiet" onClick={() => setThen(version)}>
                  As it was at {version}
                </button>
              )}
              <details>
                <summary>
                  JSON<span class="unseen"> of {title}</span>
                </summary>
                <pre tabIndex={0}>{JSON.stringify(raw, null, 2)}</pre>
              </details>
            </div>
          </li>
        ))}
      </ol>
      {then === undefined ? null : <Then key={then} order={order} version={then} onClose={() => setThen(undefined)} />}
    </Card>
  );
};
