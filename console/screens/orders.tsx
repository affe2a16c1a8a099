import { useEffect, useRef, useState } from 'preact/hooks';
import { query } from '../api/client.js';
import type { Order } from '../api/types.js';
import { type Freshness, watch } from '../api/watch.js';
import { href, navigate, route } from '../route.js';
import { filtersOf, searchFilters, searchText, sortOfFilter } from '../search.js';
import { token } from '../session.js';
import { useLoad } from '../ui/load.js';
import { Empty, Pill, Table, Time, Trouble, Waiting } from '../ui/parts.js';
import { money } from '../ui/text.js';
import { Bulk } from './bulk.js';
import { Filters } from './filters.js';
import { LiveMark } from '../ui/live-mark.js';

interface Page {
  readonly orders: readonly Order[];
  readonly next_page_token: string;
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

/** Follows changes: rows change where they are; new orders wait until they are asked for. */
const useChanges = (filters: string, reload: () => Promise<boolean>) => {
  const [freshness, setFreshness] = useState<Freshness>('connecting');
  const [changed, setChanged] = useState<Readonly<Record<string, Order>>>({});
  const holder = token.value;
  useEffect(() => {
    setChanged({});
    return watch<{ readonly order: Order }>(`/watch${filters}`, {
      onMessage: ({ order }) => setChanged((old) => ({ ...old, [order.id]: order })),
      onFreshness: setFreshness,
      poll: reload,
    });
  }, [filters, holder, reload]);
  return { freshness, changed, forget: () => setChanged({}) };
};

/** Find orders, look at them, act on many. */
export const Orders = () => {
  const search = searchText.value;
  const filters = filtersOf(route.value.search);
  const [found, setFound] = useState<Readonly<Record<string, string>>>({});
  const [tokens, setTokens] = useState<readonly string[]>([]);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    setTokens([]);
    setSelected(new Set());
    let isCurrent = true;
    void searchFilters(search).then((result) => {
      if (isCurrent) setFound(result);
    });
    return () => {
      isCurrent = false;
    };
  }, [search, route.value.search]);
  const all = { ...filters, ...found };
  const { value, problem, isLoading, reload } = useLoad<Page>(
    query({ ...all, page_size: '50', page_token: tokens.at(-1) }),
  );
  const { freshness, changed, forget } = useChanges(query(all), reload);
  const shown = (value?.orders ?? []).map((order) => {
    const newer = changed[order.id];
    return newer !== undefined && newer.version > order.version ? newer : order;
  });
  const fresh =
    tokens.length > 0 ? 0 : Object.keys(changed).filter((id) => !shown.some((order) => order.id === id)).length;
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
      <Filters key={sortOfFilter(route.value.search)} />
      {search === '' ? null : (
        <p class="note">
          Results for “{search}”.{' '}
          <button type="button" class="quiet" onClick={() => (searchText.value = '')}>
            Clear the search
          </button>
        </p>
      )}
      {problem === undefined ? null : <Trouble problem={problem} retry={() => void reload()} />}
      {fresh === 0 ? null : (
        <button
          type="button"
          class="wide"
          onClick={() => {
            forget();
            void reload();
          }}
        >
          {fresh} {fresh === 1 ? 'more order' : 'more orders'} changed or came in: show
        </button>
      )}
      <Bulk
        orders={shown.filter(({ id }) => selected.has(id))}
        onDone={() => void reload()}
        onClear={() => setSelected(new Set())}
      />
      {value === undefined && problem === undefined ? <Waiting what="orders" /> : null}
      {value === undefined || shown.length > 0 ? null : (
        <Empty>
          No order matches.{' '}
          {Object.keys(all).length === 0 ? 'Place one at the checkout.' : 'Take a filter away or clear the search.'}
        </Empty>
      )}
      {shown.length === 0 ? null : (
        <section class={`card ${isLoading ? 'loading' : ''}`} aria-label="Found orders">
          <Table
            label="Orders"
            head={['Select', 'Order', 'Status', 'Payment', 'Recipient', 'Items', '#Total', 'Created']}
          >
            {shown.map((order) => (
              <Row
                key={order.id}
                order={order}
                isSelected={selected.has(order.id)}
                onSelect={(on) =>
                  setSelected(new Set(on ? [...selected, order.id] : [...selected].filter((id) => id !== order.id)))
                }
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
  else {
    searchText.value = asked;
    navigate('/orders');
  }
};
