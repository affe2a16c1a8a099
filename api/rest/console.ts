import path from 'node:path';
import express, { type RequestHandler, Router } from 'express';
import { html, page } from '../openapi/html.js';
import type { SignInLinks } from '../sign-in-links.js';
import { builtFiles, readBuiltFile, sendBuiltFile } from './built-files.js';
import { allowing } from './handle.js';
import { problemMiddleware, sendProblem } from './problem.js';
import { pageGuard, scriptedPageGuard } from './security.js';
import type { Logger } from 'pino';

/** Where the console is served. */
const consolePath = '/console';

/** What the console needs to know before anybody has signed in. */
export interface ConsoleSettings {
  /** Folder of the built files. */
  readonly folder: string;
  readonly issuer: string;
  readonly audience: string;
  /** The client registered with the issuer; without it, OpenID Connect is not offered. */
  readonly clientId: string | undefined;
  readonly scope: string;
  /** One-time links of a development machine; absent everywhere else. */
  readonly links: SignInLinks | undefined;
}

const originOf = (url: string): readonly string[] => (URL.canParse(url) ? [new URL(url).origin] : []);

const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
const loopbackNames = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Whether this machine asks, under a name of this machine: a page of another origin cannot resolve to it unnoticed. */
const isLocal: RequestHandler = (request, response, next) => {
  const host = (request.get('Host') ?? '').replace(/:\d+$/, '');
  if (loopback.has(request.socket.remoteAddress ?? '') && loopbackNames.has(host)) next();
  else sendProblem(response, { code: 'not_found' });
};

const signIn =
  (links: SignInLinks): RequestHandler =>
  async (request, response) => {
    const { code } = (request.body ?? {}) as { readonly code?: unknown };
    const token = typeof code === 'string' ? await links.redeem(code) : undefined;
    response.set('Cache-Control', 'no-store');
    if (token === undefined)
      sendProblem(response, { code: 'not_found', detail: 'This link has been used or has expired.' });
    else response.json({ token });
  };

const welcome = page(
  'Order Service',
  html`<main>
    <h1>Order Service</h1>
    <ul>
      <li><a href="${consolePath}">Console</a>: find, understand and change orders.</li>
      <li><a href="/api/v1/orders/docs">API documentation</a> (<a href="/api/v1/orders/openapi.json">OpenAPI</a>)</li>
    </ul>
  </main>`,
);

const rootPage: RequestHandler = (request, response, next) => {
  response.vary('Accept');
  // Clients that name no type they prefer get JSON.
  if (request.accepts(['json', 'html']) === 'html') response.type('html').send(welcome);
  else next();
};

/**
 * The console for staff, as static files, and the page at `/` that leads to it. It has no rights of its own: it calls the
 * same REST API with the token of the user who is signed in.
 */
export const consoleRoutes = (settings: ConsoleSettings, log: Logger): Router => {
  const { folder, issuer, audience, clientId, scope, links } = settings;
  const index = readBuiltFile(path.join(folder, 'index.html'));
  if (index === undefined) log.warn({ folder }, 'the console is not built: npm run build');
  const router = Router();
  router.get('/', pageGuard, rootPage);

  const pages = Router();
  pages.use(scriptedPageGuard(clientId === undefined ? [] : originOf(issuer)));
  pages.use('/assets', builtFiles(path.join(folder, 'assets')), (_request, response) => {
    sendProblem(response, { code: 'not_found' });
  });
  pages
    .route('/settings.json')
    .get((_request, response) => {
      const openId = clientId === undefined ? undefined : { issuer, audience, client_id: clientId, scope };
      response.set('Cache-Control', 'no-cache').json({ development_links: links !== undefined, open_id: openId });
    })
    .all(allowing('GET'));
  if (links !== undefined)
    pages
      .route('/sign-in')
      .post(isLocal, express.json({ limit: '1kb' }), signIn(links))
      .all(allowing('POST'));
  pages
    .route('/{*page}')
    .get((request, response) => {
      if (index === undefined) sendProblem(response, { code: 'not_found', detail: 'The console is not built.' });
      else sendBuiltFile(request, response.set('Cache-Control', 'no-cache'), index);
    })
    .all(allowing('GET'));
  pages.use(problemMiddleware(log));
  router.use(consolePath, pages);
  return router;
};
