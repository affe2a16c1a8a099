import type { Caller } from '../actors/rules/order-parts.js';
import { pageToken } from './page-token.js';
import { isStaffOrService } from './redaction.js';

/** The longest page, in bytes: below the 4 MiB that a gRPC client takes unless set otherwise. */
export const mostPageBytes = 3.5 * 1_048_576;

/**
 * The longest page of customers and guests, in bytes: they have a rate of requests, and what one request may cost the service
 * is bounded by what its answer may contain.
 */
const mostOwnPageBytes = 384 * 1_024;

/** The longest page of a caller. */
export const mostPageBytesOf = (caller: Caller): number =>
  isStaffOrService(caller) ? mostPageBytes : mostOwnPageBytes;

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
export const fitting = (lengths: readonly number[], mostBytes = mostPageBytes): number => {
  let left = mostBytes - frameBytes;
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
 * A page of at most this many of the rows, and of at most so many bytes as JSON.
 *
 * @param rows one more than the page has, where there are more
 * @param jsonOf an entry as it is sent over REST
 * @param options how long the page may be, 3.5 MiB at most, and whether there are more rows than were read
 */
export const toPage = <T>(
  rows: readonly Placed<T>[],
  size: number,
  jsonOf: (entry: T) => string,
  { mostBytes = mostPageBytes, isCut = false }: { readonly mostBytes?: number; readonly isCut?: boolean } = {},
): Page<T> => {
  const wanted = rows.slice(0, size);
  // A comma follows each.
  const lengths = wanted.map(({ entry }) => Buffer.byteLength(jsonOf(entry)) + 1);
  const count = fitting(lengths, mostBytes);
  const tokenAfter = (index: number): string => {
    const at = wanted[index]?.at;
    return at === undefined ? '' : pageToken(at);
  };
  return {
    entries: wanted.slice(0, count).map(({ entry }) => entry),
    nextPageToken: rows.length > count || isCut ? tokenAfter(count - 1) : '',
    jsonBytes: lengths.slice(0, count).reduce((sum, length) => sum + length, 0),
    tokenAfter,
  };
};
