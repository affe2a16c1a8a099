import type { Action, Order as OrderDocument } from '../api/types.js';
import type { Freshness } from '../api/watch.js';
import { LiveMark } from '../ui/live-mark.js';
import { Pill, Time } from '../ui/parts.js';
import { words } from '../ui/text.js';

const buttons = [
  ['update_addresses', 'Edit', 'E', ''],
  ['cancel_items', 'Cancel items', 'I', ''],
  ['cancel', 'Cancel', 'C', 'danger'],
] as const;

const HoldNote = ({ hold }: { hold: NonNullable<OrderDocument['hold']> }) => (
  <p class="hold">
    <Pill state="held" /> since <Time at={hold.at} />
    {hold.by === undefined ? null : (
      <>
        {' '}
        by{' '}
        <bdi>
          {hold.by.type} {hold.by.id}
        </bdi>
      </>
    )}
    {hold.until === undefined ? null : (
      <>
        , until <Time at={hold.until} />
      </>
    )}
    {hold.reason === undefined ? null : (
      <>
        : <bdi>{hold.reason}</bdi>
      </>
    )}
  </p>
);

/** Which order, how it is, what stops it, and what is done most. */
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
  const restore = open('restore');
  const release = open('release');
  const hold = open('hold');
  return (
    <div class="page-head order-head">
      <div>
        <h1>
          {order.order_number} <Pill state={order.status} about="Status" />{' '}
          <Pill state={order.payment_status} about="Payment" />
        </h1>
        {order.hold === undefined ? null : <HoldNote hold={order.hold} />}
        <p class="dim small">
          <Time at={order.created_at} /> · <bdi>{order.customer_id ?? order.guest_email ?? 'guest'}</bdi> · version{' '}
          {order.version} · <LiveMark freshness={freshness} />
          {order.deadlines.map(({ what, at }) => (
            <span key={what}>
              {' '}
              · {words(what).toLowerCase()} ends <Time at={at} age />
            </span>
          ))}
        </p>
      </div>
      <div class="acts">
        {restore === undefined ? null : (
          <button type="button" class="main" onClick={() => onChoose(restore)}>
            Undo the cancellation{' '}
            {restore.until === undefined ? null : (
              <>
                (until <Time at={restore.until} />)
              </>
            )}{' '}
            <kbd>U</kbd>
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
        {hold === undefined ? null : (
          <button type="button" onClick={() => onChoose(hold)}>
            Hold… <kbd>H</kbd>
          </button>
        )}
        {release === undefined ? null : (
          <button type="button" onClick={() => onChoose(release)}>
            Release… <kbd>R</kbd>
          </button>
        )}
        <button type="button" onClick={() => print()}>
          Print
        </button>
      </div>
    </div>
  );
};
