import { useState } from 'preact/hooks';
import type { Effect, Order } from '../api/types.js';
import { Card, Empty, Time, Trouble } from '../ui/parts.js';
import { valueText } from '../ui/text.js';
import { pathText } from './changes.js';
import type { useHistory } from './history.js';
import { type Moment, momentsOf } from './moments.js';
import { Verify } from './verify.js';
import { AsItWas, Compare } from './versions.js';

const Line = ({
  moment: { at, title, who, why, tone, version, edits, raw },
  order,
  onLook,
}: {
  moment: Moment;
  order: Order;
  onLook: (version: number) => void;
}) => (
  <li class={tone}>
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
        <button type="button" class="quiet" onClick={() => onLook(version)}>
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
);

/** What happened, who did it and why; the order as it was; and whether the journal is as it was written. */
export const Timeline = ({
  order,
  history,
  effects,
}: {
  order: Order;
  history: ReturnType<typeof useHistory>;
  effects: readonly Effect[];
}) => {
  const [then, setThen] = useState<number>();
  const [isComparing, setComparing] = useState(false);
  const moments = momentsOf(history, effects);
  return (
    <Card title="Timeline" aside={<span class="dim">version {order.version}</span>}>
      <div class="choices">
        <button type="button" disabled={order.version === 1} onClick={() => setComparing(true)}>
          Compare versions…
        </button>
        <Verify key={order.id} orderId={order.id} />
      </div>
      {history.problem === undefined ? null : <Trouble problem={history.problem} retry={history.reload} />}
      {moments.length === 0 && history.problem === undefined ? <Empty>Nothing is known yet.</Empty> : null}
      <ol class="timeline">
        {moments.map((moment) => (
          <Line key={moment.id} moment={moment} order={order} onLook={setThen} />
        ))}
      </ol>
      {then === undefined ? null : (
        <AsItWas key={then} order={order} version={then} onClose={() => setThen(undefined)} />
      )}
      {isComparing ? <Compare order={order} onClose={() => setComparing(false)} /> : null}
    </Card>
  );
};
