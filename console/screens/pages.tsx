import { useEffect, useRef } from 'preact/hooks';
import { type Earlier, navigate, route } from '../route.js';

/** A page of a list that is read from the newest to the oldest. */
export interface Place {
  /** The token of the page; empty: the first one. */
  readonly token: string;
  readonly earlier: readonly Earlier[];
  /** How many rows it has. */
  readonly count: number;
  /** The token of the page after it; empty: there is none. */
  readonly next: string;
}

/** The name of the page's token in the address. */
export const tokenName = 'page_token';

const addressOf = (token: string): string => {
  const search = new URLSearchParams(route.value.search);
  search.delete(tokenName);
  if (token !== '') search.set(tokenName, token);
  const text = search.toString();
  return route.value.path + (text === '' ? '' : `?${text}`);
};

const open = (token: string, earlier: readonly Earlier[]): void =>
  navigate(addressOf(token), { find: route.value.find, earlier });

/** Opens the page after this one; the address has its place, so that it can be come back to. */
export const openOlder = ({ token, earlier, count, next }: Place): void => {
  if (next !== '') open(next, [...earlier, { token, count }]);
};

/** Opens the page before this one. Where that is not known, the first one. */
export const openNewer = ({ token, earlier }: Place): void => {
  if (token !== '') open(earlier.at(-1)?.token ?? '', earlier.slice(0, -1));
};

const openNewest = (): void => open('', []);

/** Which rows these are, and whether there are more. */
export const placeText = ({ token, earlier, count, next }: Place): string => {
  const more = next === '' ? '' : ', and there are more';
  if (token !== '' && earlier.length === 0) return `${count} orders of an older page${more}`;
  const before = earlier.reduce((sum, page) => sum + page.count, 0);
  const first = (before + 1).toLocaleString();
  const last = (before + count).toLocaleString();
  return `${first} to ${last}${more === '' ? ` of ${last}` : more}`;
};

/** Turns the pages of a list. */
export const Pages = ({ place, onTurn }: { place: Place; onTurn: () => void }) => {
  const { token, earlier, next } = place;
  const turn = (go: (place: Place) => void) => () => {
    go(place);
    onTurn();
  };
  if (token === '' && next === '') return null;
  return (
    <nav class="pages" aria-label="Pages">
      {token === '' ? null : (
        <button type="button" onClick={turn(openNewest)}>
          Newest
        </button>
      )}
      {earlier.length === 0 ? null : (
        <button type="button" onClick={turn(openNewer)}>
          Newer <kbd>[</kbd>
        </button>
      )}
      {next === '' ? null : (
        <button type="button" onClick={turn(openOlder)}>
          Older <kbd>]</kbd>
        </button>
      )}
      {place.count === 0 ? null : <span class="dim">{placeText(place)}</span>}
    </nav>
  );
};

/** Brings the reader back to where they were on this page, once what it shows is there; to its top, if they are new. */
export const useReturn = (isReady: boolean): void => {
  const place = route.value;
  const done = useRef<typeof place | undefined>(undefined);
  useEffect(() => {
    if (!isReady || done.current === place) return;
    done.current = place;
    const { scroll = 0, row } = place.left;
    const link = row === undefined ? null : document.querySelector(`[data-row="${CSS.escape(row)}"]`);
    if (link instanceof HTMLElement) link.focus({ preventScroll: true });
    window.scrollTo(0, scroll);
  }, [isReady, place]);
};
