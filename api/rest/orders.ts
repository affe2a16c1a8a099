import { type RequestHandler, type Response, Router } from 'express';
import type { Channel } from '../../actors/command-envelope.js';
import type { StoredDocument } from '../../actors/order-reads.js';
import type { CreateAnswer, Operations, OrderAnswer, Page } from '../operations.js';
import { allowing, answering, type Call, parameter, type Send, sendJson, sendText } from './handle.js';

const etag = ({ version }: StoredDocument): string => `"${version}"`;

const sendOrder = (response: Response, status: number, { document, replayed }: OrderAnswer, more = ''): void => {
  response.set('ETag', etag(document));
  if (replayed) response.set('Idempotent-Replayed', 'true');
  sendText(response, status, `{"order":${document.document}${more}}`);
};

const sendCreated: Send<CreateAnswer> = (response, created) => {
  const { document, replayed, guestToken } = created;
  response.set('Location', `/api/v1/orders/${document.id}`);
  const more = guestToken === undefined ? '' : `,"guest_token":${JSON.stringify(guestToken)}`;
  sendOrder(response, replayed ? 200 : 201, created, more);
};

const sendFound: Send<StoredDocument> = (response, found, request) => {
  response.set('ETag', etag(found));
  const known = (request.get('If-None-Match') ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag(found)) || known.includes('*')) response.status(304).end();
  else sendText(response, 200, `{"order":${found.document}}`);
};

const sendList: Send<Page<StoredDocument>> = (response, { entries, nextPageToken }) => {
  const orders = entries.map(({ document }) => document).join(',');
  sendText(response, 200, `{"orders":[${orders}],"next_page_token":${JSON.stringify(nextPageToken)}}`);
};

const sendPage =
  (name: string) =>
  <T>(response: Response, { entries, nextPageToken }: Page<T>): void => {
    sendJson(response, { [name]: entries, next_page_token: nextPageToken });
  };

/**
 * The routes of SPEC section 1 below `/api/v1/orders`. A thin skin: headers and bodies in, results and problems out.
 * The same routes serve service invocation on the private port.
 */
export const orderRoutes = (operations: Operations, channel: Channel): Router => {
  const router = Router();
  const answer = answering(channel);
  const change = (
    call: (id: string, ...rest: Parameters<Operations['createOrder']>) => ReturnType<Call<OrderAnswer>>,
  ): RequestHandler =>
    answer(
      (request, context) => call(parameter(request, 'id'), request.body, context),
      (response, changed) => {
        sendOrder(response, 200, changed);
      },
    );

  router
    .route('/')
    .post(answer((request, context) => operations.createOrder(request.body, context), sendCreated))
    .get(answer((request, context) => operations.listOrders(request.query, context), sendList))
    .all(allowing('GET', 'POST'));
  router
    .route('/:id')
    .get(answer((request, context) => operations.getOrder(parameter(request, 'id'), context), sendFound))
    .put(change(operations.updateOrder))
    .all(allowing('GET', 'PUT'));
  router.route('/:id/status').put(change(operations.updateOrderStatus)).all(allowing('PUT'));
  router.route('/:id/cancel').post(change(operations.cancelOrder)).all(allowing('POST'));
  router.route('/:id/cancel-items').post(change(operations.cancelOrderItems)).all(allowing('POST'));
  router
    .route('/:id/status-history')
    .get(
      answer(
        (request, context) => operations.statusHistory(parameter(request, 'id'), request.query, context),
        sendPage('history'),
      ),
    )
    .all(allowing('GET'));
  router
    .route('/:id/edit-history')
    .get(
      answer(
        (request, context) => operations.editHistory(parameter(request, 'id'), request.query, context),
        sendPage('edits'),
      ),
    )
    .all(allowing('GET'));
  return router;
};
