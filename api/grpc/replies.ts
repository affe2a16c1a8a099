import type {
  EditHistoryEntry as EditLine,
  StatusHistoryEntry as StatusLine,
  StoredDocument,
} from '../../actors/order-reads.js';
import type { OrderChange } from '../../actors/rules/changes.js';
import {
  type CreateOrderResponse,
  EditHistoryEntry,
  type GetOrderActionsResponse,
  type GetOrderResponse,
  type ListOrdersResponse,
  Order,
  StatusHistoryEntry,
  type UpdateOrderResponse,
} from '../../proto/gen/order/v1/order.js';
import type { AnalyticsAnswer } from '../analytics-operations.js';
import type { OrderAnswer } from '../change-order.js';
import type { CreateAnswer, OrderList } from '../operations.js';
import type { ActionsAnswer } from '../order-actions.js';
import { cutPage, fitting, mostPageBytes, type Page } from '../page.js';
import type { PreviewAnswer } from '../redaction.js';
import type { Acted } from '../repeats.js';
import { orderOf, previewOf } from './messages.js';
import type { Reply } from './unary.js';

type Metadata = Readonly<Record<string, string>>;

/** The version of an order as metadata. */
const etag = ({ version }: Pick<StoredDocument, 'version'>): Metadata => ({ etag: `"${version}"` });

const repeated = (replayed: boolean): Metadata => (replayed ? { 'idempotent-replayed': 'true' } : {});

/** What a dry run would have done; the ETag is the version that it was computed at. */
const previewReply = (answer: PreviewAnswer): Reply<UpdateOrderResponse> => {
  const { version } = answer.preview;
  const message = { order: undefined, preview: previewOf(answer) };
  return { message, metadata: version === undefined ? {} : etag({ version }) };
};

/** An order after a change, or what a dry run would have done. */
export const changedReply = (value: OrderAnswer | PreviewAnswer): Reply<UpdateOrderResponse> => {
  if ('preview' in value) return previewReply(value);
  const { document, replayed } = value;
  const message = { order: orderOf(document), preview: undefined };
  return { message, metadata: { ...etag(document), ...repeated(replayed) } };
};

/** A created order, with the token of a guest. */
export const createdReply = (value: CreateAnswer | PreviewAnswer): Reply<CreateOrderResponse> => {
  const { message, metadata = {} } = changedReply(value);
  return { message: 'preview' in value ? message : { ...message, guest_token: value.guestToken }, metadata };
};

/** An order that was read. */
export const foundReply = (found: StoredDocument): Reply<GetOrderResponse> => ({
  message: { order: orderOf(found) },
  metadata: etag(found),
});

/** What can be done with an order; the ETag is the version that this was computed for. */
export const actionsReply = ({ actions, ...about }: ActionsAnswer): Reply<GetOrderActionsResponse> => ({
  message: { ...about, actions: actions.map((one) => ({ ...one, items: [...(one.items ?? [])] })) },
  metadata: etag(about),
});

/** A message is at most so many times as long as its JSON: a one-digit number in metadata takes eleven bytes for two. */
const mostGrowth = 8;

/** The tag and length of each message of a page. */
const perEntry = 6;

/** One page: the messages that fit into an answer, and the token that goes on after them. */
export const pageReply =
  <T, M, A>(
    toMessage: (entry: T) => M,
    type: { encode(message: M): { finish(): Uint8Array } },
    named: (messages: M[], next_page_token: string) => A,
  ) =>
  (page: Page<T>): Reply<A> => {
    const messages = page.entries.map(toMessage);
    if (page.jsonBytes * mostGrowth <= mostPageBytes) return { message: named(messages, page.nextPageToken) };
    const count = fitting(messages.map((message) => type.encode(message).finish().length + perEntry));
    return { message: named(messages.slice(0, count), cutPage(page, count).nextPageToken) };
  };

const ordersReply = pageReply(orderOf, Order, (orders, next_page_token) => ({ orders, next_page_token }));

/** One page of orders. */
export const listReply = (list: OrderList): Reply<ListOrdersResponse> => ({
  message: { ...ordersReply(list).message, search_as_of: list.searchAsOf },
});

/** A message about what was acted on; its metadata says whether the call was a repeat. */
export const actedReply =
  <T, A>(toMessage: (value: T) => A) =>
  ({ value, replayed }: Acted<T>): Reply<A> => ({ message: toMessage(value), metadata: repeated(replayed) });

/** A message without metadata. */
export const plainReply =
  <T, A>(toMessage: (value: T) => A) =>
  (value: T): Reply<A> => ({ message: toMessage(value) });

/** One page of the status history. */
export const statusHistoryReply = pageReply(
  (entry: StatusLine) => ({ ...entry }),
  StatusHistoryEntry,
  (history, next_page_token) => ({ history, next_page_token }),
);

/** One page of the edit history. */
export const editHistoryReply = pageReply(
  (entry: EditLine) => ({ ...entry }),
  EditHistoryEntry,
  (edits, next_page_token) => ({ edits, next_page_token }),
);

/** What differs between two versions. */
export const diffReply = plainReply((changes: readonly OrderChange[]) => ({ changes: [...changes] }));

/** A report, made from the JSON document, in which null stands for what a message leaves out. */
export const reportReply =
  <A>(type: { fromPartial(document: object): A }) =>
  (answer: AnalyticsAnswer): Reply<A> => {
    if (answer.format !== 'json') throw new Error('no message asks for an export');
    return { message: type.fromPartial(answer.document) };
  };
