import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type RequestHandler, Router } from 'express';
import { asyncApiDocument } from '../asyncapi/document.js';
import { openApiDocument } from '../openapi/document.js';
import { documentationPage } from '../openapi/page.js';
import { findProblemType } from '../openapi/problem-help.js';
import { problemPage } from '../openapi/problem-page.js';
import { base } from '../table/operation.js';
import { allowing, parameter } from './handle.js';
import { sendProblem } from './problem.js';
import { pageGuard } from './security.js';

/** Serves a text that does not change while the process runs. */
const fixed = (type: string, text: string): RequestHandler => {
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  return (request, response) => {
    response.set({ ETag: etag, 'Cache-Control': 'public, max-age=300' });
    if (request.get('If-None-Match')?.includes(etag) === true) response.status(304).end();
    else response.type(type).send(text);
  };
};

const problemType: RequestHandler = (request, response) => {
  const found = findProblemType(parameter(request, 'code'));
  response.vary('Accept');
  if (found === undefined) sendProblem(response, { code: 'not_found' });
  else if (request.accepts(['json', 'html']) === 'html') response.type('html').send(problemPage(found));
  else response.json(found);
};

/**
 * The API documents, public: `openapi.json`, `docs`, `asyncapi.json` and the `.proto` files below `/api/v1/orders`, and the
 * pages that the `type` of a problem links to.
 *
 * @param defaultCountry of addresses without a country (configuration)
 * @param root the project's root: the `.proto` files are not part of the compiled code
 */
export const documentationRoutes = (defaultCountry: string, root: string): Router => {
  const document = openApiDocument(defaultCountry);
  const router = Router();
  router
    .route(`${base}/openapi.json`)
    .get(fixed('application/json', JSON.stringify(document)))
    .all(allowing('GET'));
  router
    .route(`${base}/docs`)
    .get(pageGuard, fixed('html', documentationPage(document)))
    .all(allowing('GET'));
  router
    .route(`${base}/asyncapi.json`)
    .get(fixed('application/json', JSON.stringify(asyncApiDocument(document.info.version))))
    .all(allowing('GET'));
  for (const name of ['order', 'staff'])
    router
      .route(`${base}/proto/${name}.proto`)
      .get(fixed('text/plain', readFileSync(path.join(root, 'proto', 'order', 'v1', `${name}.proto`), 'utf8')))
      .all(allowing('GET'));
  router.route('/problems/:code').get(pageGuard, problemType).all(allowing('GET'));
  return router;
};
