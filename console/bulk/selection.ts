import { signal } from '@preact/signals';
import { call, query } from '../api/client.js';
import type { Order, Problem } from '../api/types.js';

/** As many as one bulk change takes. */
export const mostSelected = 500;

/** What is kept of a selected order: no personal data, it outlives a reload. */
export type Selected = Pick<Order, 'id' | 'order_number'>;

interface Kept {
  /** The list that they were selected in: its filters and what was searched for. */
  readonly list: string;
  readonly orders: readonly Selected[];
}

const storageKey = 'order-desk.selection';

const kept = JSON.parse(sessionStorage.getItem(storageKey) ?? '{"list":"","orders":[]}') as Kept;
let list = kept.list;

/** The selected orders, of this page and of others. */
export const selection = signal<ReadonlyMap<string, Selected>>(new Map(kept.orders.map((one) => [one.id, one])));

/** How many the last selection had beyond what is possible. */
export const turnedAway = signal(0);

const keep = (orders: ReadonlyMap<string, Selected>, beyond: number): void => {
  selection.value = orders;
  turnedAway.value = beyond;
  const now: Kept = { list, orders: [...orders.values()] };
  sessionStorage.setItem(storageKey, JSON.stringify(now));
};

/** Selects orders, as far as there is room, or takes them out. */
export const select = (orders: readonly Selected[], on: boolean): void => {
  const next = new Map(selection.value);
  let beyond = 0;
  for (const { id, order_number } of orders) {
    if (!on) next.delete(id);
    else if (next.has(id) || next.size < mostSelected) next.set(id, { id, order_number });
    else beyond += 1;
  }
  keep(next, beyond);
};

/** Selects nothing. */
export const clearSelection = (): void => keep(new Map(), 0);

/** Begins anew in another list; goes on in the same one, also after a look at an order. */
export const selectWithin = (name: string): void => {
  if (name === list) return;
  list = name;
  clearSelection();
};

/** Selects those that match, newest first, until there is no more room. Answers what went wrong. */
export const selectMatching = async (filters: Readonly<Record<string, string>>): Promise<Problem | undefined> => {
  for (let token: string | undefined; token !== '' && selection.value.size < mostSelected;) {
    const path: string = query({ ...filters, page_size: '100', page_token: token });
    const page = await call<{ orders: readonly Order[]; next_page_token: string }>(path);
    if (!page.ok) return page.problem;
    const others = page.value.orders.filter(({ id }) => !selection.value.has(id));
    select(others.slice(0, mostSelected - selection.value.size), true);
    token = page.value.next_page_token;
  }
  return undefined;
};
