import { signal } from '@preact/signals';
import { knows } from './api/client.js';

/** What is searched for. Not in the address: it may be a name or an email. */
export const searchText = signal('');

const names = [
  'status',
  'payment_status',
  'created_after',
  'created_before',
  'held',
  'warehouse_id',
  'product_sku',
] as const;
type FilterName = (typeof names)[number];

/** The filters in the address, and nothing else of it. */
export const filtersOf = (search: string): Partial<Record<FilterName, string>> => {
  const given = new URLSearchParams(search);
  return Object.fromEntries(names.flatMap((name) => (given.get(name) ? [[name, given.get(name)]] : [])));
};

/** One text for the same filters. */
export const sortOfFilter = (search: string): string => JSON.stringify(filtersOf(search));

/** The filters that find what was typed; a replica without full search knows whole values. */
export const searchFilters = async (text: string): Promise<Readonly<Record<string, string>>> => {
  if (text === '') return {};
  if (await knows('q')) return { q: text };
  if (text.includes('@')) return { guest_email: text };
  return /^ORD-/i.test(text) ? { order_number: text.toUpperCase() } : { customer_id: text };
};

/** A set of filters under a name. */
export interface View {
  readonly name: string;
  readonly search: string;
}

const storageKey = 'order-desk.views';
const usual: readonly View[] = [
  { name: 'All', search: '' },
  { name: 'To ship', search: '?status=processing' },
  { name: 'Unpaid', search: '?status=confirmed&payment_status=pending' },
  { name: 'Held', search: '?held=true' },
  { name: 'Cancelled', search: '?status=cancelled' },
];

const own = (): readonly View[] => JSON.parse(localStorage.getItem(storageKey) ?? '[]') as readonly View[];

/** The views that are offered: the usual ones and one's own. */
export const views = signal<readonly View[]>([...usual, ...own()]);

const keep = (mine: readonly View[]): void => {
  localStorage.setItem(storageKey, JSON.stringify(mine));
  views.value = [...usual, ...mine];
};

/** Keeps the present filters under a name. */
export const saveView = (view: View): void => keep([...own().filter(({ name }) => name !== view.name), view]);

/** Whether somebody saved it here. */
export const isOwn = ({ name }: View): boolean => own().some((view) => view.name === name);

/** Forgets a view of one's own. */
export const removeView = ({ name }: View): void => keep(own().filter((view) => view.name !== name));
