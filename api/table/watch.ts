import type { CallInput } from '../call-input.js';
import { watchRpc } from '../grpc/watch.js';
import type { SeenLast } from '../audit-operations.js';
import { tokenEndIn } from '../headers.js';
import { sendWatch, sendWatchAll } from '../rest/watch.js';
import { base, type Operation, operation } from './operation.js';

const lastEventId = 'Last-Event-ID';

/** The header before the field, which messages have in its place. */
const seenLast = ({ header, input }: CallInput): SeenLast | undefined => {
  const last = header(lastEventId);
  if (last !== undefined) return { version: last, path: lastEventId };
  const { after_version: after } = input as { readonly after_version?: number };
  return after === undefined ? undefined : { version: String(after), path: 'after_version' };
};

/** Orders that are followed live: one row each. */
export const watchOperations: readonly Operation[] = [
  operation(
    {
      path: `${base}/watch`,
      method: 'get',
      id: 'watchOrders',
      tag: 'Staff',
      call: 'staff',
      summary: 'Follow all orders live',
      description:
        'Server-Sent Events: from now on, one message for every change of any order that matches the filters before or after it, ' +
        'without gaps or repeats; `data` is `{"order": …}` as of that version, `id` is an opaque position. Changes of one order ' +
        'come in the order of its versions. With `Last-Event-ID` everything after that position, at any replica. A comment every ' +
        '15 seconds keeps the connection open; an `id` without data may come with it, from which to go on too. The stream ends ' +
        'with the token of the caller, when the reader is too slow, and when the replica stops: connect again then, with the ' +
        'last `id`.',
      parameters: ['Last-Event-ID'],
      query: 'watchOrders',
      answers: { 200: { description: 'The stream.', schema: 'OrderAnswer', mediaTypes: ['text/event-stream'] } },
    },
    ({ audit }) =>
      ({ input, header }, context) =>
        audit.watchOrders(input, header(lastEventId), { ...context, tokenEndsAt: tokenEndIn(header) }),
    sendWatchAll,
  ),
  operation(
    {
      path: `${base}/{id}/watch`,
      method: 'get',
      id: 'watchOrder',
      tag: 'Orders',
      call: 'get',
      summary: 'Follow an order live',
      description:
        'Server-Sent Events: the order as it is now, then one message for each new version, without gaps or repeats; `data` is ' +
        '`{"order": …}` as of that version, `id` is the version. With `Last-Event-ID` the versions after that one instead of the ' +
        'present order, at any replica. A comment every 15 seconds keeps the connection open. The stream ends with the rights ' +
        'or the token of the caller, and when the replica stops: connect again then.',
      parameters: ['OrderRef', 'Last-Event-ID'],
      answers: { 200: { description: 'The stream.', schema: 'OrderAnswer', mediaTypes: ['text/event-stream'] } },
      problems: ['order_not_found'],
    },
    ({ audit }) =>
      (asked, context) =>
        audit.watchOrder(asked.id, seenLast(asked), { ...context, tokenEndsAt: tokenEndIn(asked.header) }),
    sendWatch,
    watchRpc,
  ),
];
