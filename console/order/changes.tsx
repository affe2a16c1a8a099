import type { Change, Order } from '../api/types.js';
import { Table } from '../ui/parts.js';
import { valueText, words } from '../ui/text.js';

/** A path of the edit history, in words. */
export const pathText = (path: string, { items }: Pick<Order, 'items'>): string => {
  const [, id, leaf] = /^items\.(\d+)\.(.+)$/.exec(path) ?? [];
  const item = items.find((candidate) => candidate.id === id);
  if (item !== undefined && leaf !== undefined) return `${item.product_name}: ${words(leaf).toLowerCase()}`;
  return words(path.replaceAll('.', ' · '));
};

/** Before and after. */
export const Changes = ({
  changes,
  order,
  label = 'Changes',
}: {
  changes: readonly Change[];
  order: Pick<Order, 'items'>;
  label?: string;
}) => (
  <Table label={label} head={['What', 'Before', 'After']}>
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
