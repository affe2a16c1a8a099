import { useEffect, useRef, useState } from 'preact/hooks';
import { query } from '../api/client.js';
import type { Order } from '../api/types.js';
import { type Freshness, watch } from '../api/watch.js';
import { token } from '../session.js';

/** A page of a list, as it was loaded. */
export interface LoadedPage {
  readonly orders: readonly Order[];
  /** Whether new orders come here: the first page. */
  readonly isFirst: boolean;
  /** Whether no older orders follow. */
  readonly isLast: boolean;
}

/** A page of a list that follows changes. */
export interface LiveOrders {
  readonly freshness: Freshness;
  /** The loaded orders, each as it is now, in the places that they were loaded at. */
  readonly shown: readonly Order[];
  /** Orders that belong to the page and are not on it. */
  readonly waiting: readonly Order[];
  /** Takes the waiting orders as known. */
  readonly forget: () => void;
}

type Filters = Readonly<Record<string, string | undefined>>;

/** Orders beside the loaded ones that are remembered: enough to tell that there are many. */
const most = 200;

/** Whether an order has what the filters that can change want. */
const matches = (order: Order, filters: Filters): boolean =>
  (filters['status'] ?? order.status) === order.status &&
  (filters['payment_status'] ?? order.payment_status) === order.payment_status &&
  (filters['held'] ?? String(order.hold !== undefined)) === String(order.hold !== undefined);

/** Follows the changes of a list: rows change where they are; orders that are not on the page wait until they are asked for. */
export const useLiveOrders = (filters: Filters, page: LoadedPage, reload: () => Promise<boolean>): LiveOrders => {
  const [freshness, setFreshness] = useState<Freshness>('connecting');
  const [changed, setChanged] = useState<ReadonlyMap<string, Order>>(new Map());
  const holder = token.value;
  const loaded = new Map(page.orders.map((order) => [order.id, order]));
  const known = useRef(loaded);
  known.current = loaded;
  const load = useRef(reload);
  load.current = reload;
  const path = `/watch${query(filters)}`;

  useEffect(() => {
    setChanged(new Map());
    const onMessage = ({ order }: { readonly order: Order }): void =>
      setChanged((old) => {
        const next = new Map(old).set(order.id, order);
        for (const id of next.keys()) {
          if (next.size <= most) break;
          if (!known.current.has(id)) next.delete(id);
        }
        return next;
      });
    // What changed between the load and the beginning of the stream is told by nothing but a load.
    const poll = (): Promise<boolean> => load.current();
    return watch(path, { onMessage, onFreshness: setFreshness, onStart: () => void poll(), poll });
  }, [path, holder]);

  const shown = page.orders.map((order) => {
    const newer = changed.get(order.id);
    return newer !== undefined && newer.version > order.version ? newer : order;
  });
  const oldest = page.isLast ? '' : (page.orders.at(-1)?.created_at ?? '');
  const waiting = page.isFirst
    ? [...changed.values()].filter(
        (order) => !loaded.has(order.id) && order.created_at >= oldest && matches(order, filters),
      )
    : [];
  return { freshness, shown, waiting, forget: () => setChanged(new Map()) };
};
