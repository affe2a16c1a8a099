import { signal } from '@preact/signals';

const root = '/console';

/** The screen that is open. */
interface Place {
  readonly path: string;
  readonly search: string;
  /** What is searched for. Kept with the page in this tab and not in the address: it may be a name or an email. */
  readonly find: string;
}

const here = (): Place => ({
  path: location.pathname.slice(root.length).replace(/\/$/, '') || '/',
  search: location.search,
  find: (history.state as { readonly find?: string } | null)?.find ?? '',
});

/** The page that is shown, below `/console`. */
export const route = signal(here());

/** The whole address of a page. */
export const href = (path: string): string => root + (path === '/' ? '' : path);

const sync = (): void => {
  const now = here();
  const { path, search, find } = route.value;
  if (now.path !== path || now.search !== search || now.find !== find) route.value = now;
};

/** Shows another page. */
export const navigate = (path: string, { find = '' } = {}): void => {
  history.pushState({ find }, '', href(path));
  const left = route.value.path;
  sync();
  if (route.value.path !== left) window.scrollTo(0, 0);
};

/** Follows the browser's own buttons, and links within the console without a reload. */
export const listen = (): void => {
  route.value = here();
  window.addEventListener('popstate', sync);
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
