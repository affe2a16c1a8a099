import { href } from '../route.js';
import { money, valueText, words } from '../ui/text.js';
import type { Outcome } from './run.js';
import type { Selected } from './selection.js';

/** The result of a preview, in one line. */
const summaryOf = ({ preview }: Outcome): string => {
  if (preview === undefined) return 'done';
  const { changes, refund } = preview;
  const [change] = [
    ...changes.filter(({ path }) => path === 'status'),
    ...changes.filter(({ path }) => path.includes('hold')),
  ];
  return [
    change === undefined
      ? undefined
      : `${words(change.path.replaceAll('.', ' ')).toLowerCase()}: ${valueText(change.old)} → ${valueText(change.new)}`,
    refund === undefined ? undefined : `refund of ${money(refund.amount, refund.currency)}`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
};

/** What came, or would come, of each order. */
export const Outcomes = ({
  label,
  outcomes,
  orders,
}: {
  label: string;
  outcomes: readonly Outcome[];
  orders: readonly Selected[];
}) =>
  outcomes.length === 0 ? null : (
    <ul class="rows" aria-label={label}>
      {outcomes.map((one) => (
        <li key={one.order_id}>
          <a href={href(`/orders/${one.order_id}`)} target="_blank" rel="noreferrer">
            {orders.find(({ id }) => id === one.order_id)?.order_number ?? one.order_id}
          </a>
          <span class={one.outcome === 'done' ? 'small' : 'small warn'}>
            <span aria-hidden="true">{one.outcome === 'done' ? '✓' : '✕'}</span>{' '}
            <bdi>{one.problem?.detail ?? summaryOf(one)}</bdi>
          </span>
        </li>
      ))}
    </ul>
  );
