import { type Response, Router } from 'express';
import type { Channel } from '../../actors/command-envelope.js';
import type { AnalyticsAnswer, AnalyticsOperations } from '../analytics-operations.js';
import { allowing, answering, sendJson } from './handle.js';

const sendAnswer = (response: Response, answer: AnalyticsAnswer): void => {
  if (answer.format === 'json') {
    sendJson(response, answer.document);
    return;
  }
  response.set('Content-Disposition', `attachment; filename="${answer.name}"`);
  response.status(200).type('text/csv').send(answer.text);
};

/** The analytics routes of SPEC section 1. None of them looks like one of an order's, so they may come after those. */
export const analyticsRoutes = (analytics: AnalyticsOperations, channel: Channel): Router => {
  const router = Router();
  const answer = answering(channel);
  const paths = {
    orders: analytics.salesAnalytics,
    'payment-methods': analytics.paymentMethodAnalytics,
    funnel: analytics.funnelAnalytics,
    cancellations: analytics.cancellationAnalytics,
    returns: analytics.returnAnalytics,
    products: analytics.productAnalytics,
    warehouses: analytics.warehouseAnalytics,
  } as const;
  for (const [path, call] of Object.entries(paths))
    router
      .route(`/analytics/${path}`)
      .get(answer((request, context) => call(request.query, context), sendAnswer))
      .all(allowing('GET'));
  return router;
};
