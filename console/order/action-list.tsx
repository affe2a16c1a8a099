import type { Action, Problem } from '../api/types.js';
import { Card, Time, Trouble, Waiting } from '../ui/parts.js';
import { titleOf } from './actions.js';

const Open = ({ action, onChoose }: { action: Action; onChoose: (action: Action) => void }) => (
  <li>
    <button type="button" onClick={() => onChoose(action)}>
      {titleOf(action)}…
    </button>
    {action.until === undefined ? null : (
      <span class="dim small">
        until <Time at={action.until} />
      </span>
    )}
  </li>
);

const Closed = ({ action: { code, detail, remedy, until }, title }: { action: Action; title: string }) => (
  <li>
    <div>
      <span>
        <span aria-hidden="true">⊘</span> {title}
        <span class="unseen"> is not possible</span> <code class="dim">{code}</code>
      </span>
      <div class="small">{detail}</div>
      <div class="dim small">
        {remedy}
        {until === undefined ? null : (
          <>
            {' '}
            Possible from <Time at={until} />.
          </>
        )}
      </div>
    </div>
  </li>
);

/** A change of status to cancelled is the action `cancel`, which is in the list. */
const isTwice = ({ action, to }: Action): boolean => action === 'change_status' && to === 'cancelled';

/** Every action, as the service reports: open, or closed with the reason and what would open it. */
export const Actions = ({
  actions,
  problem,
  onChoose,
  onRetry,
}: {
  actions: readonly Action[] | undefined;
  problem: Problem | undefined;
  onChoose: (action: Action) => void;
  onRetry: () => void;
}) => {
  const shown = (actions ?? []).filter((action) => !isTwice(action));
  const keyOf = ({ action, to }: Action): string => `${action} ${to ?? ''}`;
  const closed = shown.filter(({ allowed }) => !allowed);
  return (
    <Card title="Actions">
      {problem === undefined ? null : <Trouble problem={problem} retry={onRetry} />}
      {actions === undefined && problem === undefined ? <Waiting what="the actions" /> : null}
      <ul class="rows actions">
        {shown
          .filter(({ allowed }) => allowed)
          .map((action) => (
            <Open key={keyOf(action)} action={action} onChoose={onChoose} />
          ))}
      </ul>
      {closed.length === 0 ? null : (
        <details open>
          <summary>Not possible now ({closed.length})</summary>
          <ul class="rows">
            {closed.map((action) => (
              <Closed key={keyOf(action)} action={action} title={titleOf(action)} />
            ))}
          </ul>
        </details>
      )}
    </Card>
  );
};
