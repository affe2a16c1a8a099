import { signal } from '@preact/signals';

const names = [
  'status',
  'payment_status',
  'created_after',
  'created_before',
  'updated_after',
  'held',
  'deadline_before',
  'warehouse_id',
  'product_sku',
  'payment_id',
] as const;
type FilterName = (typeof names)[number];

/** The filters in the address, and nothing else of it. */
export const filtersOf = (search: string): Partial<Record<FilterName, string>> => {
  const given = new URLSearchParams(search);
  return Object.fromEntries(names.flatMap((name) => (given.get(name) ? [[name, given.get(name)]] : [])));
};

/** One text for the same filters. */
export const sortOfFilter = (search: string): string => JSON.stringify(filtersOf(search));

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

/** Whether it was saved in this browser. */
export const isOwn = ({ name }: View): boolean => own().some((view) => view.name === name);

/** Forgets a view of one's own. */
export const removeView = ({ name }: View): void => keep(own().filter((view) => view.name !== name));
