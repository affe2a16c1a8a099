import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Channel } from '../../actors/command-envelope.js';
import type { CallContext } from '../commands.js';
import type { Result } from '../errors.js';
import type { Operations, OrderAnswer, Page } from '../operations.js';
import type { StoredDocument } from '../../actors/order-reads.js';
import { callContext } from './context.js';
import { sendProblem } from './problem.js';

const sendText = (response: Response, status: number, text: string): void => {
  response.status(status).type('application/json').send(text);
};

const etag = ({ version }: StoredDocument): string => `"${version}"`;

const sendOrder = (response: Response, status: number, { document, replayed }: OrderAnswer, more = ''): void => {
  response.set('ETag', etag(document));
  if (replayed) response.set('Idempotent-Replayed', 'true');
  sendText(response, status, `{"order":${document.document}${more}}`);
};

const sendPage = <T>(response: Response, name: string, { entries, nextPageToken }: Page<T>): void => {
  sendText(response, 200, JSON.stringify({ [name]: entries, next_page_token: nextPageToken }));
};

type Handler = (request: Request, response: Response, context: CallContext) => Promise<void>;

/**
 * The routes of SPEC section 1 below `/api/v1/orders`. A thin skin: headers and bodies in, results and problems out.
 * The same routes serve service invocation on the private port.
 */
export const orderRoutes = (operations: Operations, channel: Channel): Router => {
  const router = Router();

  const handle =
    (handler: Handler): RequestHandler =>
    async (request, response) => {
      const context = callContext(request, response, channel);
      if (context.ok) await handler(request, response, context.value);
      else sendProblem(response, context.problem);
    };

  const idOf = (request: Request): string => String(request.params['id']);

  const change = (
    call: (id: string, input: unknown, context: CallContext) => Promise<Result<OrderAnswer>>,
  ): RequestHandler =>
    handle(async (request, response, context) => {
      const result = await call(idOf(request), request.body, context);
      if (result.ok) sendOrder(response, 200, result.value);
      else sendProblem(response, result.problem);
    });

  const allowing =
    (...methods: string[]): RequestHandler =>
    (_request, response) => {
      sendProblem(response, { code: 'method_not_allowed', allow: methods });
    };

  router
    .route('/')
    .post(
      handle(async (request, response, context) => {
        const result = await operations.createOrder(request.body, context);
        if (!result.ok) {
          sendProblem(response, result.problem);
          return;
        }
        const { document, replayed, guestToken } = result.value;
        response.set('Location', `/api/v1/orders/${document.id}`);
        const more = guestToken === undefined ? '' : `,"guest_token":${JSON.stringify(guestToken)}`;
        sendOrder(response, replayed ? 200 : 201, result.value, more);
      }),
    )
    .get(
      handle(async (request, response, context) => {
        const result = await operations.listOrders(request.query, context);
        if (!result.ok) {
          sendProblem(response, result.problem);
          return;
        }
        const { entries, nextPageToken } = result.value;
        const orders = entries.map(({ document }) => document).join(',');
        sendText(response, 200, `{"orders":[${orders}],"next_page_token":${JSON.stringify(nextPageToken)}}`);
      }),
    )
    .all(allowing('GET', 'POST'));

  router
    .route('/:id')
    .get(
      handle(async (request, response, context) => {
        const result = await operations.getOrder(idOf(request), context);
        if (!result.ok) {
          sendProblem(response, result.problem);
          return;
        }
        response.set('ETag', etag(result.value));
        if (request.get('If-None-Match')?.includes(etag(result.value)) === true) response.status(304).end();
        else sendText(response, 200, `{"order":${result.value.document}}`);
      }),
    )
    .put(change(operations.updateOrder))
    .all(allowing('GET', 'PUT'));

  router.route('/:id/status').put(change(operations.updateOrderStatus)).all(allowing('PUT'));
  router.route('/:id/cancel').post(change(operations.cancelOrder)).all(allowing('POST'));
  router.route('/:id/cancel-items').post(change(operations.cancelOrderItems)).all(allowing('POST'));

  router
    .route('/:id/status-history')
    .get(
      handle(async (request, response, context) => {
        const result = await operations.statusHistory(idOf(request), request.query, context);
        if (result.ok) sendPage(response, 'history', result.value);
        else sendProblem(response, result.problem);
      }),
    )
    .all(allowing('GET'));

  router
    .route('/:id/edit-history')
    .get(
      handle(async (request, response, context) => {
        const result = await operations.editHistory(idOf(request), request.query, context);
        if (result.ok) sendPage(response, 'edits', result.value);
        else sendProblem(response, result.problem);
      }),
    )
    .all(allowing('GET'));

  router
    .route('/:id/effects')
    .get(
      handle(async (request, response, context) => {
        const result = await operations.effects(idOf(request), context);
        if (result.ok) sendText(response, 200, JSON.stringify({ effects: result.value }));
        else sendProblem(response, result.problem);
      }),
    )
    .all(allowing('GET'));

  return router;
};
