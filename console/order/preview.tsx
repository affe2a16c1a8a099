import type { Order, Preview, PreviewedEffect, PreviewedRefund } from '../api/types.js';
import { Time } from '../ui/parts.js';
import { money, operationText, words } from '../ui/text.js';
import { Changes } from './changes.js';

type Items = Pick<Order, 'items'>;

const nameOf = (id: string, { items }: Items): string => items.find((item) => item.id === id)?.product_name ?? id;

const isZero = (amount: string): boolean => /^-?0(\.0*)?$/.test(amount);

const Refund = ({ refund, order }: { refund: PreviewedRefund; order: Items }) => {
  const amount = (text: string): string => money(text, refund.currency);
  const lines = refund.lines.filter((line) => !isZero(line.amount));
  return (
    <>
      <h3>Refund of {amount(refund.amount)}</h3>
      <ul class="rows" aria-label="Refund by line">
        {lines.map((line) => (
          <li key={line.item_id}>
            <bdi>{nameOf(line.item_id, order)}</bdi>
            <span class="number">{amount(line.amount)}</span>
          </li>
        ))}
        {isZero(refund.other_amount) ? null : (
          <li>
            <span>Shipping, discount and tax of the order</span>
            <span class="number">{amount(refund.other_amount)}</span>
          </li>
        )}
      </ul>
      <h3>Paid back from</h3>
      <ul class="rows" aria-label="Refund by payment">
        {refund.payments.map(({ payment_id, amount: part }) => (
          <li key={payment_id ?? ''}>
            {payment_id === undefined ? <span>the payment without an id</span> : <code>{payment_id}</code>}
            <span class="number">{amount(part)}</span>
          </li>
        ))}
      </ul>
    </>
  );
};

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

interface Quantity {
  readonly item_id: string;
  readonly quantity: number;
}

/** What matters of a request to another service. */
const detailOf = ({ payload }: PreviewedEffect, order: Items): string => {
  const amount = textOf(payload['amount']);
  const currency = textOf(payload['currency']);
  const payment = textOf(payload['payment_id']);
  const items = Array.isArray(payload['items']) ? (payload['items'] as readonly Quantity[]) : [];
  const about = textOf(payload['status']) ?? textOf(payload['kind']);
  return [
    amount === undefined || currency === undefined ? undefined : money(amount, currency),
    payment === undefined ? undefined : `payment ${payment}`,
    ...items.map(({ item_id, quantity }) => `${quantity} × ${nameOf(item_id, order)}`),
    about === undefined ? undefined : words(about).toLowerCase(),
  ]
    .filter((part) => part !== undefined)
    .join(', ');
};

const Requests = ({ effects, order }: { effects: readonly PreviewedEffect[]; order: Items }) => (
  <>
    <h3>Other services are asked to</h3>
    <ul class="plain" aria-label="Requests to other services">
      {effects.map((effect, index) => (
        <li key={index}>
          {operationText(effect.operation)}{' '}
          <span class="dim small">
            <bdi>{[effect.target, detailOf(effect, order)].filter(Boolean).join(': ')}</bdi>
          </span>
        </li>
      ))}
    </ul>
  </>
);

/** What a command would do: before and after, money, requests to other services. */
export const PreviewView = ({ preview, order }: { preview: Preview; order: Order }) => {
  const { changes, refund, effects, version } = preview;
  const isCancelling = changes.some(({ path }) => path.endsWith('cancelled_quantity'));
  const grace = preview.order.deadlines.find(({ what }) => what === 'grace');
  return (
    <div class="preview" role="region" aria-label="Preview" tabIndex={-1}>
      <p class="dim small">Nothing is done yet. Computed by the service at version {version}.</p>
      {changes.length === 0 ? <p>Nothing would change.</p> : <Changes changes={changes} order={order} />}
      {grace === undefined ? null : (
        <p>
          The cancellation can be undone until <Time at={grace.at} />. Refunds and the release of stock wait until then.
        </p>
      )}
      {refund === undefined ? null : <Refund refund={refund} order={order} />}
      {refund === undefined && isCancelling ? <p>No refund.</p> : null}
      {effects.length === 0 ? null : <Requests effects={effects} order={order} />}
    </div>
  );
};
