import { useEffect, useRef, useState } from 'preact/hooks';
import { query } from '../api/client.js';
import type { Order, Problem } from '../api/types.js';
import { Bulk } from '../bulk/bulk.js';
import { mostSelected, select, selection, selectMatching, selectWithin } from '../bulk/selection.js';
import { href, navigate, route } from '../route.js';
import { filtersOf } from '../search.js';
import { keys } from '../ui/keys.js';
import { LiveMark } from '../ui/live-mark.js';
import { useLoad } from '../ui/load.js';
import { Empty, Pill, Table, Time, Trouble, Waiting } from '../ui/parts.js';
import { money } from '../ui/text.js';
import { Filters } from './filters.js';
import { useLiveOrders } from './live-orders.js';
import { openNewer, openOlder, Pages, type Place, placeText, tokenName, useReturn } from './pages.js';

interface Page {
  readonly orders: readonly Order[];
  readonly next_page_token: string;
  /** Of a search: what happened until then is found. */
  readonly search_as_of?: string;
}

type Filtering = Readonly<Record<string, string>>;

const contents = ({ items }: Order): string => {
  const [first] = items;
  return `${first?.product_name ?? ''}${items.length > 1 ? ` and ${items.length - 1} more` : ''}`;
};

const Row = ({ order, isSelected }: { order: Order; isSelected: boolean }) => (
  <tr class={isSelected ? 'selected' : ''}>
    <td>
      <input
        type="checkbox"
        aria-label={`Select ${order.order_number}`}
        checked={isSelected}
        onChange={(event) => {
          const box = event.currentTarget;
          select([order], box.checked);
          // Turned away: there are as many as can be.
          box.checked = selection.value.has(order.id);
        }}
      />
    </td>
    <th scope="row">
      <a data-row={order.id} href={href(`/orders/${order.id}`)}>
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

/** What can be selected at once: the page, or as many as a bulk change takes. */
const Choose = ({ orders, filters, hasMore }: { orders: readonly Order[]; filters: Filtering; hasMore: boolean }) => {
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);
  const isAll = orders.every(({ id }) => selection.value.has(id));
  const selectMany = async (): Promise<void> => {
    setBusy(true);
    setProblem(await selectMatching(filters));
    setBusy(false);
  };
  return (
    <>
      <button type="button" class="quiet" onClick={() => select(orders, !isAll)}>
        {isAll ? 'Select none of this page' : `Select all ${orders.length} of this page`}
      </button>
      {hasMore ? (
        <button type="button" class="quiet" disabled={isBusy} onClick={() => void selectMany()}>
          {isBusy ? 'Selecting…' : `Select the newest ${mostSelected} that match`}
        </button>
      ) : null}
      {problem === undefined ? null : <Trouble problem={problem} />}
    </>
  );
};

const selectRow = (): void => {
  const box = document.activeElement?.closest('tr')?.querySelector('input[type="checkbox"]');
  if (box instanceof HTMLInputElement) box.click();
};

/** Find orders, look at them, act on many. */
export const Orders = () => {
  const { find, search, earlier } = route.value;
  const filters = filtersOf(search);
  const token = new URLSearchParams(search).get(tokenName) ?? '';
  const all = { ...filters, q: find };
  const list = JSON.stringify(all);
  useEffect(() => selectWithin(list), [list]);
  const { value, problem, isLoading, isCurrent, reload } = useLoad<Page>(
    query({ ...all, page_size: '50', page_token: token }),
  );
  const loaded = value?.orders ?? [];
  const place: Place = { token, earlier, count: loaded.length, next: value?.next_page_token ?? '' };
  const { freshness, shown, waiting, forget } = useLiveOrders(
    all,
    { orders: loaded, isFirst: token === '', isLast: place.next === '' },
    reload,
  );
  const heading = useRef<HTMLHeadingElement>(null);
  const toTop = (): void => {
    window.scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  };
  useReturn(isCurrent && value !== undefined);
  const latest = useRef<Place | undefined>(undefined);
  latest.current = isCurrent ? place : undefined;
  useEffect(() => {
    const turn = (go: (place: Place) => void) => () => {
      if (latest.current === undefined) return;
      go(latest.current);
      toTop();
    };
    keys.value = { x: selectRow, ']': turn(openOlder), '[': turn(openNewer) };
    return () => {
      keys.value = {};
    };
  }, []);
  return (
    <>
      <div class="page-head">
        <h1 ref={heading} tabIndex={-1}>
          Orders
        </h1>
        <LiveMark freshness={freshness} />
        <span class="dim" role="status">
          {isCurrent && shown.length > 0 ? placeText(place) : ''}
        </span>
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
      <Bulk onDone={() => void reload()} />
      {value === undefined && problem === undefined ? <Waiting what="orders" /> : null}
      {value === undefined || shown.length > 0 ? null : (
        <Empty>
          {token === '' ? 'No order matches. ' : 'No older order matches. '}
          {query(all) === '' ? 'Place one at the checkout.' : 'Take a filter away or clear the search.'}
        </Empty>
      )}
      {shown.length === 0 ? null : (
        <section class={`card ${isLoading ? 'loading' : ''}`} aria-label="Found orders">
          <Choose orders={shown} filters={all} hasMore={place.next !== '' || token !== ''} />
          <Table
            label="Orders"
            head={['Select', 'Order', 'Status', 'Payment', 'Recipient', 'Items', '#Total', 'Created']}
          >
            {shown.map((order) => (
              <Row key={order.id} order={order} isSelected={selection.value.has(order.id)} />
            ))}
          </Table>
        </section>
      )}
      <Pages place={place} onTurn={toTop} />
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
