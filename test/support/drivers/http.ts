import type { DeadLetterView } from '../../../actors/dead-letters.js';
import type { EffectView } from '../../../actors/ledger.js';
import type { EditHistoryEntry, StatusHistoryEntry } from '../../../actors/order-reads.js';
import type { Caller } from '../../../actors/rules/order-parts.js';
import type { Order } from '../../../actors/rules/order.js';
import type { Fault } from '../../../actors/rules/refusal.js';
import type { TimelineEntry } from '../../../actors/journal.js';
import type { Verification } from '../../../actors/journal-audit.js';
import type { OrderChange } from '../../../actors/rules/changes.js';
import type { KeptOrder } from '../../../api/erase-orders.js';
import type { ActionAnswer } from '../../../api/order-actions.js';
import type { Answer, BulkView, CallOptions, Driver, PageAnswer, PreviewView, Query } from '../driver.js';

/** A surface that speaks the REST routes. */
export interface HttpSurface {
  readonly name: string;
  /** URL of the collection, `…/api/v1/orders`. */
  readonly orders: string;
  readonly fixedCaller: Caller | undefined;
  /** The headers by which the surface knows who calls. */
  readonly identify: (options: CallOptions) => Promise<Record<string, string>>;
}

/** All that the routes may answer, problems included. */
export interface Content extends Partial<Omit<Verification, 'entries'>> {
  /** A page of them, or how many a verification looked at. */
  readonly entries?: readonly TimelineEntry[] | number;
  readonly order?: Order;
  readonly dry_run?: boolean;
  readonly version?: number;
  readonly refund?: PreviewView['refund'];
  readonly actions?: readonly ActionAnswer[];
  readonly results?: readonly BulkView[];
  readonly erased?: number;
  readonly kept?: readonly KeptOrder[];
  readonly guest_token?: string;
  readonly code?: string;
  readonly errors?: readonly Fault[];
  /** The sidecar's own error answers have this in place of a code. */
  readonly errorCode?: string;
  readonly orders?: readonly Order[];
  readonly history?: readonly StatusHistoryEntry[];
  readonly edits?: readonly EditHistoryEntry[];
  readonly changes?: readonly OrderChange[];
  readonly effects?: readonly EffectView[];
  readonly effect?: EffectView;
  readonly dead_letters?: readonly DeadLetterView[];
  readonly dead_letter?: DeadLetterView;
  readonly next_page_token?: string;
  readonly search_as_of?: string;
}

/** The query as part of an address. */
export const queryText = (query: Query): string => {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (typeof value === 'object' ? value : [String(value)]).map((one): [string, string] => [name, one]),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
};

const previewIn = ({ version, order, changes, effects, refund }: Content): PreviewView =>
  ({ version, order, changes, effects, refund }) as unknown as PreviewView;

const contentOf = (text: string, type: string | null): Content =>
  type !== null && /[/+]json\b/.test(type) && text !== '' ? (JSON.parse(text) as Content) : {};

/** Sends requests below the collection: what was answered with the differences of the surfaces taken away, and the JSON. */
export const createSend =
  ({ orders, identify }: Pick<HttpSurface, 'orders' | 'identify'>) =>
  async (method: string, path: string, body: unknown, options: CallOptions): Promise<[Answer, Content]> => {
    const query = options.dryRun === undefined ? '' : `${path.includes('?') ? '&' : '?'}dry_run=${options.dryRun}`;
    const response = await fetch(`${orders}${path}${query}`, {
      method,
      headers: {
        ...(await identify(options)),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
        ...(options.ifMatch === undefined ? {} : { 'if-match': options.ifMatch }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const content = contentOf(await response.text(), response.headers.get('content-type'));
    const retryAfter = response.headers.get('retry-after');
    const dryRun = content.dry_run === true;
    const answer: Answer = {
      ok: response.ok,
      status: response.status,
      code: content.code ?? content.errorCode,
      errors: content.errors ?? [],
      retryAfter: retryAfter === null ? undefined : Number(retryAfter),
      etag: response.headers.get('etag') ?? undefined,
      replayed: response.headers.get('idempotent-replayed') === 'true',
      order: dryRun ? undefined : content.order,
      guestToken: content.guest_token,
      preview: dryRun ? previewIn(content) : undefined,
    };
    return [answer, content];
  };

/** The nine calls over HTTP; REST and service invocation differ in their address and in how they know the caller. */
export const createHttpDriver = ({ name, orders, fixedCaller, identify }: HttpSurface): Driver => {
  const send = createSend({ orders, identify });

  const one = async (method: string, path: string, body: unknown, options: CallOptions = {}): Promise<Answer> =>
    (await send(method, path, body, options))[0];

  const page = async <T>(
    entriesIn: (content: Content) => readonly T[] | undefined,
    path: string,
    query: Query,
    options: CallOptions = {},
  ): Promise<PageAnswer<T>> => {
    const [answer, content] = await send('GET', `${path}${queryText(query)}`, undefined, options);
    return {
      ...answer,
      entries: entriesIn(content) ?? [],
      nextPageToken: content.next_page_token,
      searchAsOf: content.search_as_of,
    };
  };

  const at = (id: string, more = ''): string => `/${encodeURIComponent(id)}${more}`;

  return {
    name,
    protocol: 'http',
    fixedCaller,
    createOrder: (body, options) => one('POST', '', body, options),
    getOrder: (id, options) => one('GET', at(id), undefined, options),
    getOrderAt: (id, moment, options) => one('GET', at(id, queryText(moment)), undefined, options),
    orderDiff: async (id, versions, options = {}) => {
      const [answer, { changes }] = await send('GET', at(id, `/diff${queryText(versions)}`), undefined, options);
      return { ...answer, changes };
    },
    listOrders: (query, options) => page(({ orders: found }) => found, '', query, options),
    updateOrderStatus: (id, body, options) => one('PUT', at(id, '/status'), body, options),
    updateOrder: (id, body, options) => one('PUT', at(id), body, options),
    cancelOrder: (id, body, options) => one('POST', at(id, '/cancel'), body, options),
    cancelOrderItems: (id, body, options) => one('POST', at(id, '/cancel-items'), body, options),
    statusHistory: (id, query = {}, options = {}) =>
      page(({ history }) => history, at(id, '/status-history'), query, options),
    editHistory: (id, query = {}, options = {}) => page(({ edits }) => edits, at(id, '/edit-history'), query, options),
  };
};
