import { pageToken } from './page-token.js';

/** The longest page, in bytes: below the 4 MiB that a gRPC client takes unless set otherwise. */
export const mostPageBytes = 3.5 * 1_048_576;

/** What stands around the entries of a page: its token, names and brackets. */
const frameBytes = 2_048;

/** A page of documents or entries. */
export interface Page<T> {
  readonly entries: readonly T[];
  readonly nextPageToken: string;
  /** The length of the entries as JSON. */
  readonly jsonBytes: number;
  /** Where a page begins that follows the entry of this index. */
  tokenAfter(index: number): string;
}

/** An entry of a list, with its place in it. */
interface Placed<T> {
  readonly at: object;
  readonly entry: T;
}

/** How many entries fit on a page by their lengths; always one, so that every page goes on. */
export const fitting = (lengths: readonly number[]): number => {
  let left = mostPageBytes - frameBytes;
  const tooMany = lengths.findIndex((length) => {
    left -= length;
    return left < 0;
  });
  return tooMany === -1 ? lengths.length : Math.max(1, tooMany);
};

/** The first entries of a page, if they are not all of it, with the token that goes on after them. */
export const cutPage = <T>(page: Page<T>, count: number): Pick<Page<T>, 'entries' | 'nextPageToken'> =>
  count >= page.entries.length
    ? page
    : { entries: page.entries.slice(0, count), nextPageToken: page.tokenAfter(count - 1) };

/**
 * A page of at most this many of the rows, and of at most 3.5 MiB as JSON.
 *
 * @param rows one more than the page has, where there are more
 * @param jsonOf an entry as it is sent over REST
 */
export const toPage = <T>(rows: readonly Placed<T>[], size: number, jsonOf: (entry: T) => string): Page<T> => {
  const wanted = rows.slice(0, size);
  // A comma follows each.
  const lengths = wanted.map(({ entry }) => Buffer.byteLength(jsonOf(entry)) + 1);
  const count = fitting(lengths);
  const tokenAfter = (index: number): string => {
    const at = wanted[index]?.at;
    return at === undefined ? '' : pageToken(at);
  };
  return {
    entries: wanted.slice(0, count).map(({ entry }) => entry),
    nextPageToken: rows.length > count ? tokenAfter(count - 1) : '',
    jsonBytes: lengths.slice(0, count).reduce((sum, length) => sum + length, 0),
    tokenAfter,
  };
};
