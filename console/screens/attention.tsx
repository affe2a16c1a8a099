import { computed, signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { query } from '../api/client.js';
import type { DeadLetter, Effect, Order } from '../api/types.js';
import { href } from '../route.js';
import { useLoad } from '../ui/load.js';
import { Card, Empty, now, Pill, Time, Trouble } from '../ui/parts.js';
import { ReasonDialog } from '../ui/reason-dialog.js';
import { operationText, words } from '../ui/text.js';

const counts = signal<Readonly<Record<string, number>>>({});
/** How many things wait for a person, as far as is known. */
export const attentionCount = computed(() => Object.values(counts.value).reduce((sum, count) => sum + count, 0));

const useCount = (name: string, count: number | undefined): void => {
  useEffect(() => {
    if (count !== undefined) counts.value = { ...counts.peek(), [name]: count };
  }, [name, count]);
};

const everyMs = 20_000;

const useOften = (reload: () => Promise<boolean>): void => {
  useEffect(() => {
    const timer = setInterval(() => void reload(), everyMs);
    return () => clearInterval(timer);
  }, [reload]);
};

const StuckEffects = () => {
  const { value, problem, reload } = useLoad<{ effects: readonly Effect[] }>('/effects?page_size=50');
  const [retrying, setRetrying] = useState<Effect>();
  useOften(reload);
  const isRefund = ({ operation }: Effect): boolean => operation === 'payment.refund';
  const effects = [...(value?.effects ?? [])].sort((a, b) => Number(isRefund(b)) - Number(isRefund(a)));
  useCount('effects', value?.effects.length);
  return (
    <Card title="Requests to other services" aside={<span class="dim">{value?.effects.length}</span>}>
      {problem === undefined ? null : <Trouble problem={problem} retry={() => void reload()} />}
      {value?.effects.length === 0 ? <Empty>Nothing was refused or given up.</Empty> : null}
      <ul class="rows">
        {effects.map((effect) => (
          <li key={effect.key}>
            <div>
              <a href={href(`/orders/${effect.order_id}`)}>{operationText(effect.operation)}</a>{' '}
              <Pill state={effect.state} />
              <div class="dim small">
                {effect.last_error ?? 'no answer'} · {effect.attempts} tries · <Time at={effect.created_at} age />
              </div>
            </div>
            <button type="button" onClick={() => setRetrying(effect)}>
              Retry…
            </button>
          </li>
        ))}
      </ul>
      {retrying === undefined ? null : (
        <ReasonDialog
          title="Retry now"
          explanation={`${operationText(retrying.operation)}: ${retrying.target} is asked again, with the same key.`}
          path={`/${retrying.order_id}/effects/${encodeURIComponent(retrying.key)}/retry`}
          orderId={retrying.order_id}
          onClose={(done) => {
            setRetrying(undefined);
            if (done) void reload();
          }}
        />
      )}
    </Card>
  );
};

const OpenLetters = () => {
  const { value, problem, reload } = useLoad<{ dead_letters: readonly DeadLetter[] }>('/dead-letters?page_size=50');
  useOften(reload);
  useCount('letters', value?.dead_letters.length);
  return (
    <Card title="Dead letters" aside={<span class="dim">{value?.dead_letters.length}</span>}>
      {problem === undefined ? null : <Trouble problem={problem} retry={() => void reload()} />}
      {value?.dead_letters.length === 0 ? <Empty>Every event was applied.</Empty> : null}
      <ul class="rows">
        {value?.dead_letters.map(({ id, topic, reason, received_at, order_id }) => (
          <li key={id}>
            <div>
              <a href={href('/dead-letters')}>{topic}</a>
              <div class="dim small">
                {reason} · <Time at={received_at} age />
              </div>
            </div>
            {order_id === undefined ? null : (
              <a class="button" href={href(`/orders/${order_id}`)}>
                Order
              </a>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
};

const OrdersThat = ({
  title,
  none,
  filter,
  name,
  about,
}: {
  title: string;
  none: string;
  filter: string;
  name: string;
  about: (order: Order) => { text: string; at: string } | undefined;
}) => {
  const { value, problem, reload } = useLoad<{ orders: readonly Order[] }>(`?page_size=50&${filter}`);
  useOften(reload);
  useCount(name, value?.orders.length);
  return (
    <Card title={title} aside={<span class="dim">{value?.orders.length}</span>}>
      {problem === undefined ? null : <Trouble problem={problem} retry={() => void reload()} />}
      {value?.orders.length === 0 ? <Empty>{none}</Empty> : null}
      <ul class="rows">
        {value?.orders.map((order) => {
          const more = about(order);
          return (
            <li key={order.id}>
              <div>
                <a href={href(`/orders/${order.id}`)}>{order.order_number}</a> <Pill state={order.status} />
                <div class="dim small">
                  {more === undefined ? null : (
                    <>
                      {more.text} · <Time at={more.at} age />
                    </>
                  )}
                </div>
              </div>
            </li>
          );
        })}
      </ul>
    </Card>
  );
};

/** Everything that waits for a person, each with its age. */
export const Attention = () => {
  // The present minute, so that what falls due while the page is open appears.
  const minute = Math.floor(now.value / 60_000) * 60_000;
  const overdue = query({ deadline_before: new Date(minute).toISOString() }).slice(1);
  return (
    <div class="columns">
      <StuckEffects />
      <OpenLetters />
      <OrdersThat
        title="Held orders"
        none="No order is held."
        filter="held=true"
        name="held"
        about={({ hold }) => hold && { text: hold.reason ?? 'held', at: hold.at }}
      />
      <OrdersThat
        title="Overdue deadlines"
        none="No deadline has passed."
        filter={overdue}
        name="overdue"
        about={({ deadlines: [first] }) => first && { text: words(first.what), at: first.at }}
      />
    </div>
  );
};
