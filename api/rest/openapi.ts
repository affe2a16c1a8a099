import { createHash } from 'node:crypto';
import { type RequestHandler, Router } from 'express';
import { openApiDocument } from '../openapi/document.js';
import { documentationPage } from '../openapi/page.js';
import { findProblemType } from '../openapi/problem-help.js';
import { problemPage } from '../openapi/problem-page.js';
import { basePath } from './app.js';
import { allowing, parameter } from './handle.js';
import { sendProblem } from './problem.js';
import { pageGuard } from './security.js';

/** A text that does not change while the process runs. */
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
 * The contract for whoever wants to read it, without a token: `openapi.json` and `docs` below `/api/v1/orders`, and the
 * pages that the `type` of a problem leads to.
 *
 * @param defaultCountry of addresses that name none (configuration)
 */
export const documentationRoutes = (defaultCountry: string): Router => {
  const document = openApiDocument(defaultCountry);
  const router = Router();
  router
    .route(`${basePath}/openapi.json`)
    .get(fixed('application/json', JSON.stringify(document)))
    .all(allowing('GET'));
  router
    .route(`${basePath}/docs`)
    .get(pageGuard, fixed('html', documentationPage(document)))
    .all(allowing('GET'));
  router.route('/problems/:code').get(pageGuard, problemType).all(allowing('GET'));
  return router;
};
