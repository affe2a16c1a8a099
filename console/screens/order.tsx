import { useEffect, useRef, useState } from 'preact/hooks';
import { pending } from '../api/commands.js';
import type { Action, Effect, Order as OrderDocument } from '../api/types.js';
import { ActionDialog } from '../order/action-dialog.js';
import { Actions } from '../order/action-list.js';
import { draftName, titleOf } from '../order/actions.js';
import { Addresses, Items, Money } from '../order/cards.js';
import { Effects } from '../order/effects.js';
import { Head } from '../order/head.js';
import { useHistory } from '../order/history.js';
import { Parcels } from '../order/parcels.js';
import { useShortcuts } from '../order/shortcuts.js';
import { Timeline } from '../order/timeline.js';
import { useActions } from '../order/use-actions.js';
import { useOrder } from '../order/use-order.js';
import { href } from '../route.js';
import { nameWithDraft } from '../ui/draft.js';
import { useLoad, useOften } from '../ui/load.js';
import { Card, Trouble, Waiting } from '../ui/parts.js';
import { useReturn } from './pages.js';

const none: readonly Action[] = [];

/** What erasing leaves of an address (docs/specification.md). */
const isErased = ({ shipping_address: { recipient, line1, city } }: OrderDocument): boolean =>
  [recipient, line1, city].every((text) => text === 'erased');

const Notices = ({ order, effects }: { order: OrderDocument; effects: readonly Effect[] }) => {
  const stuck = effects.filter(({ state }) => state === 'rejected' || state === 'dead');
  const unanswered = pending.value.filter(({ orderId }) => orderId === order.id);
  return (
    <>
      {isErased(order) ? (
        <div class="note">
          The personal data of this order was erased and cannot be restored: addresses, email, notes and reasons.
        </div>
      ) : null}
      {stuck.length === 0 ? null : (
        <div class="note red">
          {stuck.length === 1 ? '1 request needs' : `${stuck.length} requests need`} you: another service refused.{' '}
          <a href="#requests">See below</a>
        </div>
      )}
      {unanswered.map(({ key, title }) => (
        <div class="note" role="status" key={key}>
          {title}: waiting for the answer. It is sent again with the same key until there is one.
        </div>
      ))}
    </>
  );
};

/** Whether something should come of it within moments: what can still be undone waits longer. */
const isDue = ({ state, next_at }: Effect): boolean =>
  state === 'pending' && (next_at === undefined || Date.parse(next_at) < Date.now() + 5_000);

/** One order: everything about it, and what can be done. */
export const OrderScreen = ({ id }: { id: string }) => {
  // All at once: what may be done need not wait for the order.
  const { order, problem, freshness, read } = useOrder(id);
  const [chosen, setChosen] = useState<Action>();
  const effects = useLoad<{ effects: readonly Effect[] }>(`/${encodeURIComponent(id)}/effects`);
  const known = useActions(id, order?.version);
  const history = useHistory(order?.id, order?.version);
  const version = order?.version;
  const shown = effects.value?.effects ?? [];
  const isWaiting = shown.some(isDue);
  const seen = useRef(version);
  useEffect(() => {
    if (seen.current !== undefined) void effects.reload();
    seen.current = version;
  }, [version, effects.reload]);
  useOften(effects.reload, isWaiting ? 1_500 : 15_000);
  useReturn(order !== undefined);
  const actions = known.actions ?? none;
  const realId = order?.id;
  const isKnown = known.actions !== undefined;
  useEffect(() => {
    if (realId === undefined) return;
    const open = actions.filter(({ allowed }) => allowed);
    // A reload, or a sign-in elsewhere, has closed it with something in it.
    const name = nameWithDraft(open.map((action) => draftName(realId, action)));
    setChosen((now) => now ?? open.find((action) => draftName(realId, action) === name));
  }, [realId, isKnown]);
  useShortcuts(actions, setChosen);
  useEffect(() => {
    document.title = order === undefined ? 'Order · Order desk' : `${order.order_number} · Order desk`;
  }, [order?.order_number]);

  if (order === undefined) {
    if (problem === undefined) return <Waiting what="the order" />;
    return (
      <>
        <h1>Order</h1>
        <Trouble problem={problem} retry={() => void read()} />
        <p>
          <a href={href('/orders')}>Look among all orders</a>
        </p>
      </>
    );
  }
  return (
    <>
      <Head order={order} freshness={freshness} actions={actions} onChoose={setChosen} />
      <Notices order={order} effects={shown} />
      <div class="order">
        <div>
          <Items order={order} />
          <div id="requests">
            {effects.problem === undefined || effects.value !== undefined ? null : (
              <Trouble problem={effects.problem} retry={() => void effects.reload()} />
            )}
            <Effects order={order} effects={shown} onChange={() => void effects.reload()} />
          </div>
          <Timeline order={order} history={history} effects={shown} />
        </div>
        <div>
          <Money order={order} effects={shown} />
          <Actions
            actions={known.actions}
            problem={known.problem}
            onChoose={setChosen}
            onRetry={() => void known.reload()}
          />
          <Parcels order={order} />
          <Addresses order={order} />
          {order.notes === undefined ? null : (
            <Card title="Notes">
              <p class="keep">
                <bdi>{order.notes}</bdi>
              </p>
            </Card>
          )}
        </div>
      </div>
      {chosen === undefined ? null : (
        <ActionDialog
          key={titleOf(chosen)}
          action={chosen}
          order={order}
          onClose={() => {
            setChosen(undefined);
            void read();
          }}
        />
      )}
    </>
  );
};
