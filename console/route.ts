import { signal } from '@preact/signals';

const root = '/console';

/** A page of a list before the one that is open. */
export interface Earlier {
  /** Its page token; empty: the first page. */
  readonly token: string;
  /** How many rows it had. */
  readonly count: number;
}

/** What the browser keeps with an entry of its history, in this tab. */
interface Kept {
  /** What is searched for. Not in the address: it may be a name or an email. */
  readonly find?: string;
  readonly earlier?: readonly Earlier[];
  /** How far down the page was when it was left. */
  readonly scroll?: number;
  /** The row that had the focus then. */
  readonly row?: string | undefined;
}

/** The screen that is open. */
interface Place {
  readonly path: string;
  readonly search: string;
  readonly find: string;
  /** The pages of the list before this one; none where it was opened by its address. */
  readonly earlier: readonly Earlier[];
  /** Where the reader was, if they have been here before. */
  readonly left: Pick<Kept, 'scroll' | 'row'>;
}

const kept = (): Kept => (history.state as Kept | null) ?? {};

const here = (): Place => {
  const { find = '', earlier = [], ...left } = kept();
  const path = location.pathname.slice(root.length).replace(/\/$/, '') || '/';
  return { path, search: location.search, find, earlier, left };
};

/** The page that is shown, below `/console`. */
export const route = signal(here());

/** The whole address of a page. */
export const href = (path: string): string => root + (path === '/' ? '' : path);

let timer: ReturnType<typeof setTimeout> | undefined;

const sync = (): void => {
  clearTimeout(timer);
  const now = here();
  const { path, search, find } = route.value;
  if (now.path !== path || now.search !== search || now.find !== find) route.value = now;
};

/** Keeps where the reader is with the entry of the history, for the way back. */
const keepPlace = (): void => {
  const row = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['row'] : undefined;
  history.replaceState({ ...kept(), scroll: window.scrollY, row }, '');
};

/** Shows another page. */
export const navigate = (path: string, { find = '', earlier = [] }: Pick<Kept, 'find' | 'earlier'> = {}): void => {
  keepPlace();
  history.pushState({ find, earlier }, '', href(path));
  const left = route.value.path;
  sync();
  if (route.value.path !== left) window.scrollTo(0, 0);
};

/** Follows the browser's own buttons, and links within the console without a reload. */
export const listen = (): void => {
  // The rows are not there yet when the browser would scroll: each list does so when they are.
  history.scrollRestoration = 'manual';
  window.addEventListener('popstate', sync);
  window.addEventListener('scroll', () => {
    clearTimeout(timer);
    timer = setTimeout(keepPlace, 200);
  });
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (link === null || !isPlain || event.defaultPrevented) return;
    if (link.origin !== location.origin || link.target !== '' || link.hasAttribute('download')) return;
    if (link.pathname !== root && !link.pathname.startsWith(`${root}/`)) return;
    if (link.hash !== '' && link.pathname === location.pathname) return;
    event.preventDefault();
    navigate((link.pathname.slice(root.length) || '/') + link.search);
  });
};

/** Takes the page of the address as the one that is shown: after a sign-in has led elsewhere and back. */
export const start = (): void => {
  route.value = here();
};
