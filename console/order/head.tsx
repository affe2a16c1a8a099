import type { Action, Order as OrderDocument } from '../api/types.js';
import type { Freshness } from '../api/watch.js';
import { LiveMark } from '../ui/live-mark.js';
import { Card, Pill, Time } from '../ui/parts.js';
import { words } from '../ui/text.js';
import { titleOf } from './actions.js';

/** Every action: open, or closed with the reason and what would open it. */
export const Actions = ({
  actions,
  isKnown,
  onChoose,
}: {
  actions: readonly Action[];
  isKnown: boolean;
  onChoose: (action: Action) => void;
}) => (
  <Card title="Actions">
    {isKnown ? null : <p class="dim small">This version of the service does not say why an action is closed.</p>}
    <ul class="rows actions">
      {actions
        .filter((action) => action.action !== 'change_status' || action.to !== 'cancelled')
        .map((action) => (
          <li key={`${action.action}${action.to ?? ''}`}>
            {action.allowed ? (
              <button type="button" onClick={() => onChoose(action)}>
                {titleOf(action)}…
              </button>
            ) : (
              <div>
                <span>
                  <span aria-hidden="true">⊘</span> {titleOf(action)}
                  <span class="unseen"> is not possible</span>
                </span>
                <div class="dim small">
                  {action.detail} {action.remedy}
                </div>
              </div>
            )}
            {action.until === undefined ? null : (
              <span class="dim small">
                until <Time at={action.until} />
              </span>
            )}
          </li>
        ))}
    </ul>
  </Card>
);

/** Which order, how it is, and what is done most. */
export const Head = ({
  order,
  freshness,
  actions,
  onChoose,
}: {
  order: OrderDocument;
  freshness: Freshness;
  actions: readonly Action[];
  onChoose: (action: Action) => void;
}) => {
  const open = (name: string): Action | undefined => actions.find(({ action, allowed }) => action === name && allowed);
  const [deadline] = order.deadlines;
  const restore = open('restore');
  const buttons = [
    ['update_addresses', 'Edit', 'E', ''],
    ['cancel_items', 'Cancel items', 'I', ''],
    ['cancel', 'Cancel', 'C', 'danger'],
  ] as const;
  return (
    <div class="page-head order-head">
      <div>
        <h1>
          {order.order_number} <Pill state={order.status} about="Status" />{' '}
          <Pill state={order.payment_status} about="Payment" />{' '}
          {order.hold === undefined ? null : <Pill state="held" />}
        </h1>
        <p class="dim small">
          <Time at={order.created_at} /> · <bdi>{order.customer_id ?? order.guest_email ?? 'guest'}</bdi> · version{' '}
          {order.version} · <LiveMark freshness={freshness} />
          {deadline === undefined ? null : (
            <>
              {' '}
              · {words(deadline.what).toLowerCase()} ends <Time at={deadline.at} age />
            </>
          )}
        </p>
      </div>
      <div class="acts">
        {restore === undefined ? null : (
          <button type="button" class="main" onClick={() => onChoose(restore)}>
            Undo the cancellation
          </button>
        )}
        {buttons.map(([name, text, key, tone]) => {
          const action = open(name);
          return (
            <button
              key={name}
              type="button"
              class={tone}
              disabled={action === undefined}
              onClick={() => action !== undefined && onChoose(action)}
            >
              {text}… <kbd>{key}</kbd>
            </button>
          );
        })}
        <button type="button" onClick={() => print()}>
          Print
        </button>
      </div>
    </div>
  );
};
