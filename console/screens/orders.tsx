import { useEffect, useRef, useState } from 'preact/hooks';
import { query } from '../api/client.js';
import type { Order } from '../api/types.js';
import { Bulk } from '../bulk/bulk.js';
import { href, navigate, route } from '../route.js';
import { filtersOf } from '../search.js';
import { useLoad } from '../ui/load.js';
import { Empty, Pill, Table, Time, Trouble, Waiting } from '../ui/parts.js';
import { money } from '../ui/text.js';
import { Filters } from './filters.js';
import { useLiveOrders } from './live-orders.js';
import { LiveMark } from '../ui/live-mark.js';

interface Page {
  readonly orders: readonly Order[];
  readonly next_page_token: string;
  /** Of a search: what happened until then is found. */
  readonly search_as_of?: string;
}

const contents = ({ items }: Order): string => {
  const [first] = items;
  return `${first?.product_name ?? ''}${items.length > 1 ? ` and ${items.length - 1} more` : ''}`;
};

const Row = ({
  order,
  isSelected,
  onSelect,
}: {
  order: Order;
  isSelected: boolean;
  onSelect: (selected: boolean) => void;
}) => (
  <tr class={isSelected ? 'selected' : ''}>
    <td>
      <input
        type="checkbox"
        aria-label={`Select ${order.order_number}`}
        checked={isSelected}
        onChange={(event) => onSelect(event.currentTarget.checked)}
      />
    </td>
    <th scope="row">
      <a data-row href={href(`/orders/${order.id}`)}>
        {order.order_number}
      </a>
    </th>
    <td>
      <Pill state={order.status} about="Status" /> {order.hold === undefined ? null : <Pill state="held" />}
    </td>
    <td>
      <Pill state={order.payment_status} about="Payment" />
    </td>
    <td class="clip">
      <bdi>{order.shipping_address.recipient}</bdi>
    </td>
    <td class="clip dim">
      <bdi>{contents(order)}</bdi>
    </td>
    <td class="number">{money(order.total_amount, order.currency)}</td>
    <td>
      <Time at={order.created_at} age />
    </td>
  </tr>
);

/** Says how many orders wait to be shown. */
const waitingText = (waiting: readonly Order[], newest: string): string => {
  const what = waiting.every((order) => order.created_at >= newest) ? 'new' : 'new or changed';
  return `${waiting.length} ${what} ${waiting.length === 1 ? 'order' : 'orders'}: show`;
};

/** What was searched for, and how fresh the results are. */
const Searched = ({ text, asOf }: { text: string; asOf: string | undefined }) => (
  <p class="note">
    Orders that match “<bdi>{text}</bdi>” in number, customer, email, recipient, product, SKU, tracking or payment.{' '}
    {asOf === undefined ? null : (
      <span class="small">
        As of <Time at={asOf} exact />.{' '}
      </span>
    )}
    <button type="button" class="quiet" onClick={() => navigate(`/orders${route.value.search}`)}>
      Clear the search
    </button>
  </p>
);

/** Find orders, look at them, act on many. */
export const Orders = () => {
  const { find, search } = route.value;
  const [tokens, setTokens] = useState<readonly string[]>([]);
  const [selected, setSelected] = useState<ReadonlyMap<string, Order>>(new Map());
  useEffect(() => {
    setTokens([]);
    setSelected(new Map());
  }, [find, search]);
  const all = { ...filtersOf(search), q: find };
  const { value, problem, isLoading, reload } = useLoad<Page>(
    query({ ...all, page_size: '50', page_token: tokens.at(-1) }),
  );
  const loaded = value?.orders ?? [];
  const isLast = value?.next_page_token === '';
  const { freshness, shown, waiting, forget } = useLiveOrders(
    all,
    { orders: loaded, isFirst: tokens.length === 0, isLast },
    reload,
  );
  const select = (orders: readonly Order[], on: boolean): void => {
    const next = new Map(selected);
    for (const order of orders) {
      if (on) next.set(order.id, order);
      else next.delete(order.id);
    }
    setSelected(next);
  };
  const isAllSelected = shown.every(({ id }) => selected.has(id));
  const heading = useRef<HTMLHeadingElement>(null);
  const turn = (next: readonly string[]): void => {
    setTokens(next);
    heading.current?.scrollIntoView();
  };
  return (
    <>
      <div class="page-head">
        <h1 ref={heading}>Orders</h1>
        <LiveMark freshness={freshness} />
      </div>
      <Filters />
      {find === '' ? null : <Searched text={find} asOf={value?.search_as_of} />}
      {problem === undefined ? null : <Trouble problem={problem} retry={() => void reload()} />}
      {value === undefined || waiting.length === 0 ? null : (
        <button
          type="button"
          class="wide"
          onClick={() => {
            forget();
            void reload();
          }}
        >
          {waitingText(waiting, loaded[0]?.created_at ?? '')}
        </button>
      )}
      <Bulk orders={[...selected.values()]} onDone={() => void reload()} onClear={() => setSelected(new Map())} />
      {value === undefined && problem === undefined ? <Waiting what="orders" /> : null}
      {value === undefined || shown.length > 0 ? null : (
        <Empty>
          No order matches.{' '}
          {query(all) === '' ? 'Place one at the checkout.' : 'Take a filter away or clear the search.'}
        </Empty>
      )}
      {shown.length === 0 ? null : (
        <section class={`card ${isLoading ? 'loading' : ''}`} aria-label="Found orders">
          <button type="button" class="quiet" onClick={() => select(shown, !isAllSelected)}>
            {isAllSelected ? 'Select none of this page' : `Select all ${shown.length} of this page`}
          </button>
          <Table
            label="Orders"
            head={['Select', 'Order', 'Status', 'Payment', 'Recipient', 'Items', '#Total', 'Created']}
          >
            {shown.map((order) => (
              <Row
                key={order.id}
                order={order}
                isSelected={selected.has(order.id)}
                onSelect={(on) => select([order], on)}
              />
            ))}
          </Table>
        </section>
      )}
      <nav class="pages" aria-label="Pages">
        {tokens.length === 0 ? null : (
          <button type="button" onClick={() => turn(tokens.slice(0, -1))}>
            Newer
          </button>
        )}
        {value === undefined || value.next_page_token === '' ? null : (
          <button type="button" onClick={() => turn([...tokens, value.next_page_token])}>
            Older
          </button>
        )}
      </nav>
    </>
  );
};

/** Opens the order whose number or id was typed; else shows the orders that match. */
export const lookFor = (text: string): void => {
  const asked = text.trim();
  const isId = /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/i.test(asked);
  if (isId || /^ORD-\d{8}-\d{6,}$/i.test(asked)) navigate(`/orders/${isId ? asked : asked.toUpperCase()}`);
  else navigate('/orders', { find: asked });
};
