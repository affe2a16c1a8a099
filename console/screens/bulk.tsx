import { useMemo, useState } from 'preact/hooks';
import { call, knows } from '../api/client.js';
import { newKey, perform } from '../api/commands.js';
import type { Order, Preview, Problem } from '../api/types.js';
import { Dialog, Trouble } from '../ui/parts.js';
import { words } from '../ui/text.js';

interface Outcome {
  readonly order_id: string;
  readonly outcome: 'done' | 'refused' | 'unavailable';
  readonly problem?: Problem;
  readonly preview?: Preview;
}

const actions = ['hold', 'release', 'cancel'] as const;
type BulkAction = (typeof actions)[number];

const Outcomes = ({ outcomes, orders }: { outcomes: readonly Outcome[]; orders: readonly Order[] }) => (
  <ul class="rows">
    {outcomes.map(({ order_id, outcome, problem }) => (
      <li key={order_id}>
        <span>{orders.find(({ id }) => id === order_id)?.order_number ?? order_id}</span>
        <span class={outcome === 'done' ? '' : 'warn'}>
          {outcome === 'done' ? '✓' : '✕'} {problem?.detail ?? outcome}
        </span>
      </li>
    ))}
  </ul>
);

const BulkDialog = ({
  action,
  orders,
  onClose,
}: {
  action: BulkAction;
  orders: readonly Order[];
  onClose: (done: boolean) => void;
}) => {
  // The selection as it was when the dialog opened: rows may change behind it.
  const [chosen] = useState(orders);
  const [reason, setReason] = useState('');
  const [preview, setPreview] = useState<readonly Outcome[]>();
  const [done, setDone] = useState<readonly Outcome[]>();
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);
  const key = useMemo(newKey, [reason]);
  const body = { action, order_ids: chosen.map(({ id }) => id), ...(reason === '' ? {} : { reason }) };
  const look = async (): Promise<void> => {
    setBusy(true);
    if (await knows('dry_run')) {
      const result = await call<{ results: readonly Outcome[] }>('/bulk?dry_run=true', { method: 'POST', body });
      if (result.ok) setPreview(result.value.results);
      setProblem(result.ok ? undefined : result.problem);
    } else setPreview([]);
    setBusy(false);
  };
  const run = async (): Promise<void> => {
    setBusy(true);
    const title = `${words(action)} ${chosen.length} orders`;
    const result = await perform<{ results: readonly Outcome[] }>({ key, title, method: 'POST', path: '/bulk', body });
    if (result.ok) setDone(result.value.results);
    setProblem(result.ok ? undefined : result.problem);
    setBusy(false);
  };
  const will = preview?.filter(({ outcome }) => outcome === 'done').length ?? 0;
  const cannot = (preview?.length ?? 0) - will;
  const finished = done?.filter(({ outcome }) => outcome === 'done').length;
  return (
    <Dialog title={`${words(action)} ${chosen.length} orders`} onClose={() => onClose(done !== undefined)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void (preview === undefined ? look() : run());
        }}
      >
        <label>
          Reason
          <input
            required={action !== 'release'}
            readOnly={done !== undefined}
            maxLength={2000}
            value={reason}
            onInput={(event) => {
              setReason(event.currentTarget.value);
              setPreview(undefined);
            }}
          />
        </label>
        {preview === undefined || done !== undefined ? null : (
          <div role="status">
            <p>
              <strong>{will}</strong> will, <strong>{cannot}</strong> cannot.
            </p>
            <Outcomes outcomes={preview.filter(({ outcome }) => outcome !== 'done')} orders={chosen} />
          </div>
        )}
        {isBusy ? <progress aria-label="Working" /> : null}
        {done === undefined ? null : (
          <div role="status">
            <p>
              {finished} of {done.length} done.
            </p>
            <Outcomes outcomes={done} orders={chosen} />
          </div>
        )}
        {problem === undefined ? null : <Trouble problem={problem} />}
        <footer>
          <button type="button" onClick={() => onClose(done !== undefined)}>
            Close
          </button>
          {done === undefined ? (
            <button type="submit" class="main" disabled={isBusy}>
              {preview === undefined ? 'Preview' : `${words(action)} ${will} orders`}
            </button>
          ) : null}
        </footer>
      </form>
    </Dialog>
  );
};

/** What can be done with the selected orders. */
export const Bulk = ({
  orders,
  onDone,
  onClear,
}: {
  orders: readonly Order[];
  onDone: () => void;
  onClear: () => void;
}) => {
  const [action, setAction] = useState<BulkAction>();
  if (orders.length === 0 && action === undefined) return null;
  return (
    <div class="bulk" role="region" aria-label="Selected orders">
      <span>{orders.length} selected</span>
      {actions.map((name) => (
        <button key={name} type="button" onClick={() => setAction(name)}>
          {words(name)}…
        </button>
      ))}
      <button type="button" class="quiet" onClick={onClear}>
        Clear
      </button>
      {action === undefined ? null : (
        <BulkDialog
          action={action}
          orders={orders}
          onClose={(done) => {
            setAction(undefined);
            if (done) {
              onClear();
              onDone();
            }
          }}
        />
      )}
    </div>
  );
};
