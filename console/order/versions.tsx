import { useEffect, useState } from 'preact/hooks';
import { call } from '../api/client.js';
import type { Change, Order, Problem } from '../api/types.js';
import { Dialog, Pill, Time, Trouble, Waiting } from '../ui/parts.js';
import { Addresses, Items, Money } from './cards.js';
import { Changes } from './changes.js';
import { Parcels } from './parcels.js';

const diffOf = (id: string, from: number, to: number) =>
  call<{ changes: readonly Change[] }>(`/${id}/diff?from=${from}&to=${to}`);

/** What differs between two versions, as the service compares them. */
const Difference = ({ order, from, to, title }: { order: Order; from: number; to: number; title: string }) => {
  const [state, setState] = useState<{ changes?: readonly Change[]; problem?: Problem }>({});
  useEffect(() => {
    let isCurrent = true;
    setState({});
    void diffOf(order.id, from, to).then((result) => {
      if (isCurrent) setState(result.ok ? { changes: result.value.changes } : { problem: result.problem });
    });
    return () => {
      isCurrent = false;
    };
  }, [order.id, from, to]);
  const { changes, problem } = state;
  if (problem !== undefined) return <Trouble problem={problem} />;
  if (changes === undefined) return <Waiting what="the comparison" />;
  return (
    <>
      <h3>{title}</h3>
      {changes.length === 0 ? <p>Nothing differs.</p> : <Changes label={title} changes={changes} order={order} />}
    </>
  );
};

/** The complete order as it was at a version. */
export const AsItWas = ({ order, version, onClose }: { order: Order; version: number; onClose: () => void }) => {
  const [then, setThen] = useState<Order>();
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    void call<{ order: Order }>(`/${order.id}?version=${version}`).then((result) => {
      if (result.ok) setThen(result.value.order);
      else setProblem(result.problem);
    });
  }, [order.id, version]);
  const when = ` at version ${version}`;
  return (
    <Dialog title={`As it was${when}`} onClose={onClose}>
      {problem === undefined ? null : <Trouble problem={problem} />}
      {then === undefined ? (
        problem === undefined && <Waiting what="the order as it was" />
      ) : (
        <>
          <p>
            <Pill state={then.status} about="Status" /> <Pill state={then.payment_status} about="Payment" />{' '}
            {then.hold === undefined ? null : <Pill state="held" />}{' '}
            <span class="dim small">
              since <Time at={then.updated_at} />
            </span>
          </p>
          {version > 1 ? (
            <Difference order={then} from={version - 1} to={version} title={`What version ${version} changed`} />
          ) : null}
          {version < order.version ? (
            <Difference order={then} from={version} to={order.version} title="What has changed since" />
          ) : null}
          <Items order={then} when={when} />
          <Money order={then} effects={[]} when={when} />
          <Parcels order={then} when={when} />
          <Addresses order={then} when={when} />
          {then.notes === undefined ? null : (
            <p class="keep">
              Notes: <bdi>{then.notes}</bdi>
            </p>
          )}
          <details>
            <summary>The whole order as JSON</summary>
            <pre tabIndex={0}>{JSON.stringify(then, null, 2)}</pre>
          </details>
        </>
      )}
    </Dialog>
  );
};

const Version = ({
  label,
  value,
  latest,
  onChange,
}: {
  label: string;
  value: number;
  latest: number;
  onChange: (version: number) => void;
}) => (
  <label>
    {label}
    <input
      type="number"
      required
      min={1}
      max={latest}
      value={value}
      onInput={(event) => {
        if (event.currentTarget.checkValidity()) onChange(event.currentTarget.valueAsNumber);
      }}
    />
  </label>
);

/** Two versions of one's choice beside each other. */
export const Compare = ({ order, onClose }: { order: Order; onClose: () => void }) => {
  // As many as there were when it opened: one's own input does not move.
  const [latest] = useState(order.version);
  const [from, setFrom] = useState(1);
  const [to, setTo] = useState(latest);
  const [low, high] = from <= to ? [from, to] : [to, from];
  return (
    <Dialog title="Compare two versions" onClose={onClose}>
      <div class="filters">
        <Version label="Version" value={from} latest={latest} onChange={setFrom} />
        <Version label="and version" value={to} latest={latest} onChange={setTo} />
      </div>
      <div role="status">
        <Difference order={order} from={low} to={high} title={`From version ${low} to ${high}`} />
      </div>
    </Dialog>
  );
};
