import type { Order } from '../actors/rules/order.js';

/*
 * What ListOrders finds by `q`. Texts and queries are cut into words by the same rules, so that nothing of it is left to the
 * database, whose own rules depend on its version and locale.
 */

/** Raised by every change of which words an order has: then all orders are indexed again. */
export const definition = 2;

/** Longer words are found by their beginning. */
const longestWord = 100;
/** What is kept of an order's words: well below the megabyte that a tsvector may have. */
const mostBytes = 400_000;

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Without case, accents, compatibility forms and the kinds of apostrophe. */
const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .replace(/[\u2018\u2019\u02bc]/g, "'");

/** As much of a word as is kept, less the half of a surrogate pair at its end: Postgres reads no JSON that has one. */
const cut = (word: string): string => word.slice(0, longestWord).replace(/[\ud800-\udbff]$/, '');

/** A word between white space, less the punctuation around it. */
const wordsOf = (text: string): readonly string[] =>
  folded(text)
    .split(/\s+/u)
    .map((word) => cut(word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')))
    .filter((word) => word !== '');

/** A word as a whole, its parts between punctuation, and the domain of an email. */
const formsOf = (word: string): readonly string[] => {
  if (uuid.test(word)) return [word];
  const domain = /@(.+)$/.exec(word)?.[1];
  return [word, ...word.split(/[^\p{L}\p{N}]+/u), ...(domain === undefined ? [] : [domain])];
};

/** The order as it is stored, by whatever release. */
type Searched = Partial<Order> & {
  readonly shipments?: readonly { readonly tracking_number?: string | undefined }[] | undefined;
};

const textsOf = (order: Searched): readonly (string | undefined)[] => [
  order.order_number,
  order.customer_id,
  order.guest_email,
  order.shipping_address?.recipient,
  order.shipping_address?.email,
  order.billing_address?.recipient,
  order.billing_address?.email,
  order.payment_id,
  ...(order.payments ?? []).map(({ payment_id }) => payment_id),
  order.shipment?.tracking_number,
  ...(order.shipments ?? []).map(({ tracking_number }) => tracking_number),
  ...(order.items ?? []).flatMap(({ product_sku, product_name }) => [product_sku, product_name]),
];

/** The words by which an order is found, each once; of very many, the first. */
export const wordsOfOrder = (order: Searched): readonly string[] => {
  const words = new Set(
    textsOf(order)
      .filter((text) => text !== undefined)
      .flatMap((text) => wordsOf(text).flatMap(formsOf)),
  );
  let bytes = 0;
  return [...words].filter((word) => {
    bytes += Buffer.byteLength(word);
    return word !== '' && bytes <= mostBytes;
  });
};

/** The words of a query. */
export const wordsOfQuery = (q: string): readonly string[] => wordsOf(q);

/** A query as a `tsquery`: every word, the last one as a prefix. */
export const toTsquery = (q: string): string => {
  const quoted = wordsOf(q).map((word) => `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`);
  return quoted.length === 0 ? '' : `${quoted.join(' & ')}:*`;
};
