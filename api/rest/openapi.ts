import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type RequestHandler, Router } from 'express';
import { asyncApiDocument } from '../asyncapi/document.js';
import { openApiDocument } from '../openapi/document.js';
import { findProblemType } from '../openapi/problems.js';
import { problemPage } from '../openapi/html.js';
import { base } from '../table/operation.js';
import { builtFiles, readBuiltFile, sendBuiltFile } from './built-files.js';
import { allowing, parameter } from './handle.js';
import { sendProblem } from './problem.js';
import { pageGuard, scriptedPageGuard } from './security.js';

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

/** Serves the reference for people, which the build makes. */
const referencePage = (folder: string): RequestHandler => {
  const index = readBuiltFile(path.join(folder, 'index.html'));
  return (request, response) => {
    if (index === undefined) sendProblem(response, { code: 'not_found', detail: 'The page is not built.' });
    else sendBuiltFile(request, response.set('Cache-Control', 'public, max-age=300'), index);
  };
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
  const events = asyncApiDocument(document.info.version);
  const reference = path.join(root, 'dist', 'reference');
  const router = Router();
  const serve = (place: string, ...handlers: readonly RequestHandler[]): void => {
    router
      .route(place)
      .get(...handlers)
      .all(allowing('GET'));
  };
  serve(`${base}/openapi.json`, fixed('application/json', JSON.stringify(document)));
  serve(`${base}/asyncapi.json`, fixed('application/json', JSON.stringify(events)));
  for (const name of ['order', 'staff', 'analytics']) {
    const text = readFileSync(path.join(root, 'proto', 'order', 'v1', `${name}.proto`), 'utf8');
    serve(`${base}/proto/${name}.proto`, fixed('text/plain', text));
  }
  // Its library styles the elements that it draws.
  router.use(`${base}/docs`, scriptedPageGuard([], { inlineStyles: true }));
  serve(`${base}/docs`, referencePage(reference));
  router.use(`${base}/docs/assets`, builtFiles(path.join(reference, 'assets')), (_request, response) => {
    sendProblem(response, { code: 'not_found' });
  });
  serve('/problems/:code', pageGuard, problemType);
  return router;
};
