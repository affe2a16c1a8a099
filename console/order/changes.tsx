import type { Change, Order, Preview } from '../api/types.js';
import { Table } from '../ui/parts.js';
import { money, operationText, valueText, words } from '../ui/text.js';

/** A path of the edit history, in words. */
export const pathText = (path: string, { items }: Pick<Order, 'items'>): string => {
  const [, id, leaf] = /^items\.(\d+)\.(.+)$/.exec(path) ?? [];
  const item = items.find((candidate) => candidate.id === id);
  if (item !== undefined && leaf !== undefined) return `${item.product_name}: ${words(leaf).toLowerCase()}`;
  return words(path.replaceAll('.', ' · '));
};

/** Before and after. */
export const Changes = ({ changes, order }: { changes: readonly Change[]; order: Order }) => (
  <Table label="Changes" head={['What', 'Before', 'After']}>
    {changes.map((change) => (
      <tr key={change.path}>
        <th scope="row">
          <bdi>{pathText(change.path, order)}</bdi>
        </th>
        <td class="before">
          <bdi>{valueText(change.old)}</bdi>
        </td>
        <td>
          <bdi>{valueText(change.new)}</bdi>
        </td>
      </tr>
    ))}
  </Table>
);

const Refund = ({ refund, order }: { refund: NonNullable<Preview['refund']>; order: Order }) => {
  const amount = (text: string): string => money(text, refund.currency);
  return (
    <>
      <h3>Refund of {amount(refund.amount)}</h3>
      <ul class="rows">
        {refund.lines.map(({ item_id, amount: part }) => (
          <li key={item_id}>
            <bdi>{order.items.find(({ id }) => id === item_id)?.product_name ?? item_id}</bdi>
            <span class="number">{amount(part)}</span>
          </li>
        ))}
        {/^0(\.0*)?$/.test(refund.other_amount) ? null : (
          <li>
            <span>Shipping and what else</span>
            <span class="number">{amount(refund.other_amount)}</span>
          </li>
        )}
      </ul>
      <p class="dim small">
        From{' '}
        {refund.payments
          .map(({ payment_id, amount: part }) => `${payment_id ?? 'the payment'}: ${amount(part)}`)
          .join(', ')}
      </p>
    </>
  );
};

/** What a command would do: before and after, money, requests to other services. */
export const PreviewView = ({ preview, order }: { preview: Preview; order: Order }) => (
  <div class="preview" role="region" aria-label="Preview" tabIndex={-1}>
    {preview.changes.length === 0 ? <p>Nothing would change.</p> : <Changes changes={preview.changes} order={order} />}
    {preview.refund === undefined ? <p>No refund.</p> : <Refund refund={preview.refund} order={order} />}
    {preview.effects.length === 0 ? null : (
      <>
        <h3>Other services are asked to</h3>
        <ul class="plain">
          {preview.effects.map(({ operation, target }, index) => (
            <li key={index}>
              {operationText(operation)} <span class="dim small">{target}</span>
            </li>
          ))}
        </ul>
      </>
    )}
  </div>
);
