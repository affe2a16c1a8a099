import { useState } from 'preact/hooks';
import type { Address, Effect, Order, Parcel } from '../api/types.js';
import { Card, Empty, Pill, Table, Time } from '../ui/parts.js';
import { ReasonDialog } from '../ui/reason-dialog.js';
import { money, operationText, words } from '../ui/text.js';

/** What was ordered, and what became of it. */
export const Items = ({ order }: { order: Order }) => (
  <Card title="Items">
    <Table label="Items" head={['Product', '#Kept', '#Cancelled', '#Returned', '#Unit', '#Total']}>
      {order.items.map((item) => (
        <tr key={item.id}>
          <th scope="row">
            <bdi>{item.product_name}</bdi>
            <div class="dim small">
              {item.product_sku} · {item.warehouse_id}
            </div>
          </th>
          <td class="number">{item.quantity - item.cancelled_quantity - item.returned_quantity}</td>
          <td class="number">{item.cancelled_quantity}</td>
          <td class="number">{item.returned_quantity}</td>
          <td class="number">{money(item.unit_price, order.currency)}</td>
          <td class="number">{money(item.total_price, order.currency)}</td>
        </tr>
      ))}
    </Table>
  </Card>
);

const Amount = ({ name, text, order }: { name: string; text: string; order: Order }) => (
  <li>
    <span>{name}</span>
    <span class="number">{money(text, order.currency)}</span>
  </li>
);

/** The order's money, and each payment. */
export const Money = ({ order, effects }: { order: Order; effects: readonly Effect[] }) => {
  const refunds = effects.filter(({ operation }) => operation === 'payment.refund');
  return (
    <Card title="Money" aside={<Pill state={order.payment_status} />}>
      <ul class="rows">
        <Amount name="Subtotal" text={order.subtotal} order={order} />
        <Amount name="Discount" text={order.discount_amount} order={order} />
        <Amount name="Tax" text={order.tax_amount} order={order} />
        <Amount name="Shipping" text={order.shipping_amount} order={order} />
        <li class="total">
          <span>Total</span>
          <span class="number">{money(order.total_amount, order.currency)}</span>
        </li>
        <Amount name="Captured" text={order.captured_amount} order={order} />
        <Amount name="Refunded" text={order.refunded_amount} order={order} />
      </ul>
      {(order.payments ?? []).map((payment) => (
        <div class="sub" key={payment.payment_id}>
          <h3>
            <code>{payment.payment_id}</code> <Pill state={payment.status} />
          </h3>
          <p class="dim small">
            {payment.method ?? order.payment_method ?? 'payment'} · captured{' '}
            {money(payment.captured_amount, order.currency)} · refunded {money(payment.refunded_amount, order.currency)}{' '}
            · requested {money(payment.requested_amount, order.currency)}
          </p>
        </div>
      ))}
      {order.payments === undefined && order.payment_id !== undefined ? (
        <p class="dim small">
          {order.payment_method ?? 'Payment'} <code>{order.payment_id}</code>
        </p>
      ) : null}
      {refunds.map(({ key, payload, state, settled_at }) => {
        const { amount } = payload as { readonly amount?: string };
        return (
          <p class="sub" key={key}>
            Refund of {amount === undefined ? '—' : money(amount, order.currency)} <Pill state={state} />{' '}
            {settled_at === undefined ? null : (
              <span class="dim small">
                <Time at={settled_at} />
              </span>
            )}
          </p>
        );
      })}
    </Card>
  );
};

const Postal = ({ title, address }: { title: string; address: Address }) => (
  <Card title={title}>
    <address>
      {[
        address.recipient,
        address.line1,
        address.line2,
        [address.postal_code, address.city].filter(Boolean).join(' '),
        address.region,
        address.country,
        address.phone,
        address.email,
      ]
        .filter((line) => line !== undefined && line !== '')
        .map((line) => (
          <div key={line}>
            <bdi>{line}</bdi>
          </div>
        ))}
    </address>
  </Card>
);

/** Where it goes, and to whom the invoice. */
export const Addresses = ({ order }: { order: Order }) => (
  <>
    <Postal title="Ship to" address={order.shipping_address} />
    {order.billing_address === undefined ? null : <Postal title="Bill to" address={order.billing_address} />}
  </>
);

const isWebAddress = (url: string | undefined): url is string => url !== undefined && /^https?:\/\//.test(url);

/** The parcels and the returns. */
export const Parcels = ({ order }: { order: Order }) => {
  const parcels: readonly Parcel[] = order.shipments ?? (order.shipment === undefined ? [] : [order.shipment]);
  if (parcels.length === 0 && order.returns.length === 0) return null;
  return (
    <Card title="Parcels and returns">
      <ul class="rows">
        {parcels.map((parcel, index) => (
          <li key={index}>
            <div>
              {parcel.carrier ?? 'Parcel'}{' '}
              {isWebAddress(parcel.tracking_url) ? (
                <a href={parcel.tracking_url} target="_blank" rel="noreferrer">
                  {parcel.tracking_number}
                </a>
              ) : (
                <code>{parcel.tracking_number}</code>
              )}
              <div class="dim small">
                {parcel.shipped_at === undefined ? null : (
                  <>
                    shipped <Time at={parcel.shipped_at} />
                  </>
                )}
                {parcel.delivered_at === undefined ? ', on its way' : null}
                {parcel.delivered_at === undefined ? null : (
                  <>
                    , delivered <Time at={parcel.delivered_at} />
                  </>
                )}
              </div>
            </div>
          </li>
        ))}
        {order.returns.map(({ return_id, status, reason }) => (
          <li key={return_id}>
            <div>
              Return <code>{return_id}</code> <span class="dim">{words(status).toLowerCase()}</span>
              <div class="dim small">
                <bdi>{reason}</bdi>
              </div>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
};

const needsPerson = ({ state }: Effect): boolean => state === 'rejected' || state === 'dead';
const mayRetry = ({ state }: Effect): boolean => needsPerson({ state } as Effect) || state === 'pending';

/** What other services are asked for because of this order. */
export const Effects = ({
  order,
  effects,
  onChange,
}: {
  order: Order;
  effects: readonly Effect[];
  onChange: () => void;
}) => {
  const [acting, setActing] = useState<{ effect: Effect; action: 'retry' | 'resolve' }>();
  const shown = effects.filter(({ operation }) => operation !== 'event.publish');
  return (
    <Card title="Requests to other services">
      {shown.length === 0 ? <Empty>None so far.</Empty> : null}
      {shown.length === 0 ? null : (
        <Table label="Requests to other services" head={['Request', 'State', '#Tries', 'Last', 'Do']}>
          {shown.map((effect) => (
            <tr key={effect.key}>
              <th scope="row">
                {operationText(effect.operation)}
                <div class="dim small">version {effect.version}</div>
              </th>
              <td>
                <Pill state={effect.state} />
              </td>
              <td class="number">{effect.attempts}</td>
              <td class="small">
                {effect.last_error === undefined ? null : <div>{effect.last_error}</div>}
                <Time at={effect.settled_at ?? effect.next_at ?? effect.created_at} age />
              </td>
              <td class="acts">
                {mayRetry(effect) ? (
                  <button type="button" onClick={() => setActing({ effect, action: 'retry' })}>
                    Retry…
                  </button>
                ) : null}
                {needsPerson(effect) ? (
                  <button type="button" onClick={() => setActing({ effect, action: 'resolve' })}>
                    Resolve…
                  </button>
                ) : null}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {acting === undefined ? null : (
        <ReasonDialog
          title={acting.action === 'retry' ? 'Retry now' : 'Mark as resolved'}
          explanation={
            acting.action === 'retry'
              ? `${operationText(acting.effect.operation)}: ${acting.effect.target} is asked again, with the same key.`
              : `${operationText(acting.effect.operation)}: say how it was done by hand. It is not tried again.`
          }
          path={`/${order.id}/effects/${encodeURIComponent(acting.effect.key)}/${acting.action}`}
          orderId={order.id}
          onClose={(done) => {
            setActing(undefined);
            if (done) onChange();
          }}
        />
      )}
    </Card>
  );
};
