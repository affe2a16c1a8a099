import { useEffect, useState } from 'preact/hooks';
import { pending } from '../api/commands.js';
import type { Action, Effect, Order as OrderDocument } from '../api/types.js';
import { ActionDialog } from '../order/action-dialog.js';
import { likelyActions, titleOf } from '../order/actions.js';
import { Addresses, Effects, Items, Money, Parcels } from '../order/cards.js';
import { Actions, Head } from '../order/head.js';
import { useHistory } from '../order/history.js';
import { Timeline } from '../order/timeline.js';
import { useOrder } from '../order/use-order.js';
import { href } from '../route.js';
import { keys } from '../ui/keys.js';
import { useLoad } from '../ui/load.js';
import { Card, Time, Trouble, Waiting } from '../ui/parts.js';

const Notices = ({ order, effects }: { order: OrderDocument; effects: readonly Effect[] }) => {
  const stuck = effects.filter(({ state }) => state === 'rejected' || state === 'dead');
  const unanswered = pending.value.filter(({ orderId }) => orderId === order.id);
  return (
    <>
      {stuck.length === 0 ? null : (
        <div class="note red">
          {stuck.length === 1 ? '1 request needs' : `${stuck.length} requests need`} you: another service refused.{' '}
          <a href="#requests">See below</a>
        </div>
      )}
      {order.hold === undefined ? null : (
        <div class="note amber">
          Held by {order.hold.by.type} {order.hold.by.id} since <Time at={order.hold.at} />:{' '}
          <bdi>{order.hold.reason}</bdi>
          {order.hold.until === undefined ? null : (
            <>
              , until <Time at={order.hold.until} />
            </>
          )}
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

/** One order: everything about it, and what can be done. */
export const OrderScreen = ({ id }: { id: string }) => {
  const { order, problem, freshness, read } = useOrder(id);
  const [chosen, setChosen] = useState<Action>();
  const effects = useLoad<{ effects: readonly Effect[] }>(order && `/${order.id}/effects`);
  const asked = useLoad<{ actions: readonly Action[] }>(order && `/${order.id}/actions`);
  const history = useHistory(order?.id, order?.version);
  const version = order?.version;
  const shown = effects.value?.effects ?? [];
  const isWaiting = shown.some(({ state }) => state === 'pending');
  useEffect(() => {
    if (version === undefined) return undefined;
    void effects.reload();
    void asked.reload();
    const timer = setInterval(() => void effects.reload(), isWaiting ? 1_500 : 15_000);
    return () => clearInterval(timer);
  }, [version, isWaiting, effects.reload, asked.reload]);
  const actions = asked.value?.actions ?? (order === undefined ? [] : likelyActions(order));
  keys.value = Object.fromEntries(
    (
      [
        ['c', 'cancel'],
        ['i', 'cancel_items'],
        ['e', 'update_addresses'],
        ['n', 'update_notes'],
        ['h', 'hold'],
      ] as const
    ).map(([key, name]) => [
      key,
      () => {
        const action = actions.find((one) => one.action === name && one.allowed);
        if (action !== undefined) setChosen(action);
      },
    ]),
  );
  useEffect(() => {
    document.title = order === undefined ? 'Order · Order desk' : `${order.order_number} · Order desk`;
    return () => {
      keys.value = {};
    };
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
          <Actions actions={actions} isKnown={asked.value !== undefined} onChoose={setChosen} />
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
