import type { Address, Effect, Order } from '../api/types.js';
import { Card, Pill, Table, Time } from '../ui/parts.js';
import { money, words } from '../ui/text.js';

/** What was ordered, and what became of it. `when`: which past version this is, after the titles. */
export const Items = ({ order, when = '' }: { order: Order; when?: string }) => (
  <Card title={`Items${when}`}>
    <Table label={`Table of items${when}`} head={['Product', '#Kept', '#Cancelled', '#Returned', '#Unit', '#Total']}>
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
export const Money = ({ order, effects, when = '' }: { order: Order; effects: readonly Effect[]; when?: string }) => {
  const refunds = effects.filter(({ operation }) => operation === 'payment.refund');
  return (
    <Card title={`Money${when}`} aside={<Pill state={order.payment_status} />}>
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
      {order.payments.map((payment) => (
        <div class="sub" key={payment.payment_id}>
          <h3>
            <code>{payment.payment_id}</code> <Pill state={payment.status} />
          </h3>
          <p class="dim small">
            {words(payment.method ?? order.payment_method ?? 'payment')} · authorised{' '}
            {money(payment.authorized_amount, order.currency)} · captured{' '}
            {money(payment.captured_amount, order.currency)} · refunded {money(payment.refunded_amount, order.currency)}{' '}
            · refund requested {money(payment.requested_amount, order.currency)}
          </p>
        </div>
      ))}
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
export const Addresses = ({ order, when = '' }: { order: Order; when?: string }) => (
  <>
    <Postal title={`Ship to${when}`} address={order.shipping_address} />
    {order.billing_address === undefined ? null : <Postal title={`Bill to${when}`} address={order.billing_address} />}
  </>
);
