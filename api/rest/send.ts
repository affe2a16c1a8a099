import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { StoredDocument } from '../../actors/order-reads.js';
import type { AnalyticsAnswer } from '../analytics-operations.js';
import type { BulkResult } from '../bulk-change.js';
import type { OrderAnswer } from '../change-order.js';
import type { ActionsAnswer } from '../order-actions.js';
import type { OrderExport } from '../export.js';
import type { CreateAnswer, OrderList } from '../operations.js';
import type { Page } from '../page.js';
import type { PreviewAnswer } from '../redaction.js';
import type { Acted } from '../repeats.js';
import { type Send, sendJson, sendText } from './handle.js';
import { problemDocument } from './problem.js';

const etag = ({ version }: StoredDocument): string => `"${version}"`;

const sendOrder = (response: Response, status: number, { document, replayed }: OrderAnswer, more = ''): void => {
  response.set('ETag', etag(document));
  if (replayed) response.set('Idempotent-Replayed', 'true');
  sendText(response, status, `{"order":${document.document}${more}}`);
};

/** What a dry run would have done, at the version that the ETag names. */
const sendPreview = (response: Response, { preview }: PreviewAnswer): void => {
  if (preview.version !== undefined) response.set('ETag', `"${preview.version}"`);
  sendJson(response, { dry_run: true, ...preview });
};

/** A created order: 201 with `Location`, or 200 for a repeat. */
export const sendCreated: Send<CreateAnswer | PreviewAnswer> = (response, created) => {
  if ('preview' in created) {
    sendPreview(response, created);
    return;
  }
  const { document, replayed, guestToken } = created;
  response.set('Location', `/api/v1/orders/${document.id}`);
  const more = guestToken === undefined ? '' : `,"guest_token":${JSON.stringify(guestToken)}`;
  sendOrder(response, replayed ? 200 : 201, created, more);
};

/** An order with its ETag, or 304; also where there is no Express. */
export const sendFound = (response: ServerResponse, found: StoredDocument, { headers }: IncomingMessage): void => {
  response.setHeader('ETag', etag(found));
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag(found)) || known.includes('*')) response.writeHead(304).end();
  else sendText(response, 200, `{"order":${found.document}}`);
};

/** One page of orders, whose documents are JSON text already. */
export const sendList: Send<OrderList> = (response, { entries, nextPageToken, searchAsOf }) => {
  const orders = entries.map(({ document }) => document).join(',');
  const more = searchAsOf === undefined ? '' : `,"search_as_of":${JSON.stringify(searchAsOf)}`;
  sendText(response, 200, `{"orders":[${orders}],"next_page_token":${JSON.stringify(nextPageToken)}${more}}`);
};

/**
 * An export as a file to download, in portions as the client takes them. What fails on the way breaks the connection, so that
 * a complete response is a complete export; the export itself logs it.
 */
export const sendExport: Send<OrderExport> = (response, { mediaType, name, searchAsOf, portions }, { method }) => {
  response.set('Content-Disposition', `attachment; filename="${name}"`);
  if (searchAsOf !== undefined) response.set('Search-As-Of', searchAsOf);
  response.status(200).type(mediaType);
  // Express serves HEAD by the same route, and Node would drop what is sent: all orders would be read for nothing.
  if (method === 'HEAD') {
    response.end();
    return;
  }
  // One portion at a time in memory.
  pipeline(Readable.from(portions, { highWaterMark: 1 }), response).catch(() => response.destroy());
};

/** One page of entries under a name. */
export const sendPage =
  (name: string) =>
  <T>(response: Response, { entries, nextPageToken }: Page<T>): void => {
    sendJson(response, { [name]: entries, next_page_token: nextPageToken });
  };

/** What can be done with an order; the ETag is the version that this was computed for. */
export const sendActions: Send<ActionsAnswer> = (response, actions) => {
  response.set('ETag', `"${actions.version}"`);
  sendJson(response, actions);
};

/** The result of a bulk request for each order. */
export const sendBulk: Send<readonly BulkResult[]> = (response, results) => {
  const written = results.map((result) =>
    'problem' in result ? { ...result, problem: problemDocument(result.problem) } : result,
  );
  sendJson(response, { results: written });
};

/** An order after a change. */
export const sendChanged: Send<OrderAnswer | PreviewAnswer> = (response, changed) => {
  if ('preview' in changed) sendPreview(response, changed);
  else sendOrder(response, 200, changed);
};

/** A value under a name. */
export const sendNamed =
  (name: string) =>
  (response: Response, value: object): void => {
    sendJson(response, { [name]: value });
  };

/** What was acted on, under a name. */
export const sendActed =
  (name: string) =>
  <T extends object>(response: Response, { value, replayed }: Acted<T>): void => {
    if (replayed) response.set('Idempotent-Replayed', 'true');
    sendJson(response, { [name]: value });
  };

/** A value as it is. */
export const sendValue: Send<object> = (response, value) => {
  sendJson(response, value);
};

/** A report as JSON, or as a CSV file to download. */
export const sendAnalytics: Send<AnalyticsAnswer> = (response, answer) => {
  if (answer.format === 'json') {
    sendJson(response, answer.document);
    return;
  }
  response.set('Content-Disposition', `attachment; filename="${answer.name}"`);
  response.status(200).type('text/csv').send(answer.text);
};
