import { computed, signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { query } from '../api/client.js';
import type { DeadLetter, Effect, Order } from '../api/types.js';
import { href } from '../route.js';
import { useLoad, useOften } from '../ui/load.js';
import { Card, Empty, now, Pill, Time, Trouble } from '../ui/parts.js';
import { ReasonDialog } from '../ui/reason-dialog.js';
import { money, operationText, words } from '../ui/text.js';

const counts = signal<Readonly<Record<string, number>>>({});
/** How many things wait for a person, as far as is known. */
export const attentionCount = computed(() => Object.values(counts.value).reduce((sum, count) => sum + count, 0));

const useCount = (name: string, count: number | undefined): void => {
  useEffect(() => {
    if (count !== undefined) counts.value = { ...counts.peek(), [name]: count };
  }, [name, count]);
};

const everyMs = 20_000;

/** How many there are; of more than fit on a page, that there are more. */
const Count = ({ count, next }: { count: number | undefined; next: string | undefined }) => (
  <span class="dim">
    {count}
    {next === undefined || next === '' ? '' : ' and more'}
  </span>
);

interface EffectPage {
  readonly effects: readonly Effect[];
  readonly next_page_token: string;
}

const isRefund = ({ operation }: Effect): boolean => operation === 'payment.refund';

const EffectRow = ({ effect, onRetry }: { effect: Effect; onRetry: (effect: Effect) => void }) => {
  const { amount, currency } = effect.payload as { readonly amount?: string; readonly currency?: string };
  return (
    <li>
      <div>
        <a href={href(`/orders/${effect.order_id}`)}>{operationText(effect.operation)}</a> <Pill state={effect.state} />
        {amount === undefined || currency === undefined ? null : <> {money(amount, currency)}</>}
        <div class="dim small">
          {effect.last_error ?? 'no answer'} · {effect.attempts} {effect.attempts === 1 ? 'try' : 'tries'} ·{' '}
          <Time at={effect.created_at} age />
        </div>
      </div>
      <button type="button" onClick={() => onRetry(effect)}>
        Retry…
      </button>
    </li>
  );
};

/** What other services refused, and what was given up: refunds first, customers wait for their money. */
const StuckEffects = () => {
  const { value, problem, reload } = useLoad<EffectPage>('/effects?page_size=100');
  const [retrying, setRetrying] = useState<Effect>();
  useOften(reload, everyMs);
  useCount('effects', value?.effects.length);
  return (
    <>
      {[
        { title: 'Refused refunds', none: 'No refund was refused.', rows: value?.effects.filter(isRefund) },
        {
          title: 'Requests to other services',
          none: 'Nothing else was refused or given up.',
          rows: value?.effects.filter((effect) => !isRefund(effect)),
        },
      ].map(({ title, none, rows }, index) => (
        <Card key={title} title={title} aside={<Count count={rows?.length} next={value?.next_page_token} />}>
          {problem === undefined || index > 0 ? null : <Trouble problem={problem} retry={() => void reload()} />}
          {rows?.length === 0 ? <Empty>{none}</Empty> : null}
          <ul class="rows">
            {rows?.map((effect) => (
              <EffectRow key={effect.key} effect={effect} onRetry={setRetrying} />
            ))}
          </ul>
        </Card>
      ))}
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
    </>
  );
};

interface LetterPage {
  readonly dead_letters: readonly DeadLetter[];
  readonly next_page_token: string;
}

const OpenLetters = () => {
  const { value, problem, reload } = useLoad<LetterPage>('/dead-letters?page_size=50');
  useOften(reload, everyMs);
  useCount('letters', value?.dead_letters.length);
  return (
    <Card title="Dead letters" aside={<Count count={value?.dead_letters.length} next={value?.next_page_token} />}>
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
  const { value, problem, reload } = useLoad<{ orders: readonly Order[]; next_page_token: string }>(
    `?page_size=50&${filter}`,
  );
  useOften(reload, everyMs);
  useCount(name, value?.orders.length);
  return (
    <Card title={title} aside={<Count count={value?.orders.length} next={value?.next_page_token} />}>
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

/** The deadline of an order that passed first. */
const overdueOf = ({ deadlines }: Order): { text: string; at: string } | undefined => {
  const [first] = [...deadlines].sort((a, b) => a.at.localeCompare(b.at));
  return first && { text: words(first.what), at: first.at };
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
        about={overdueOf}
      />
    </div>
  );
};
