import type { ServerResponse } from 'node:http';
import express, { type Express, type RequestHandler, Router } from 'express';
import type { Logger } from 'pino';
import type { Channel } from '../../actors/command-envelope.js';
import { base, type Handlers } from '../table/operation.js';
import { tableRoutes } from '../table/table.js';
import { boundUnusedBodies } from './bodies.js';
import { authenticate } from './caller.js';
import type { CallerOf } from './context.js';
import { problemMiddleware, sendProblem } from './problem.js';

/** What the REST gateway depends on. */
export interface RestDeps extends Handlers {
  readonly callerOf: CallerOf;
  readonly channel: Channel;
  readonly health: Router;
  /** Before anything is known of the request: overload. */
  readonly shed: RequestHandler;
  /** After the caller is known: rate limits. */
  readonly guards: readonly RequestHandler[];
  /** Called with how each request for orders was answered. */
  readonly onAnswer: OnAnswer;
  readonly log: Logger;
}

/** `code` is `ok`, one of the error table, or `client_gone` where the client had closed the connection. */
export type OnAnswer = (gateway: string, code: string) => void;

/** Tells how a request was answered, once it is. */
export const countAnswer = (
  response: ServerResponse,
  gateway: string,
  onAnswer: OnAnswer,
  codeOf: () => string | undefined,
): void => {
  response.once('close', () => {
    onAnswer(gateway, response.writableFinished ? (codeOf() ?? 'ok') : 'client_gone');
  });
};

const counting =
  (gateway: string, onAnswer: OnAnswer): RequestHandler =>
  (_request, response, next) => {
    countAnswer(response, gateway, onAnswer, () => response.locals['code'] as string | undefined);
    next();
  };

/** What every answer about orders carries for caches. */
export const setCacheHeaders = (response: ServerResponse): void => {
  response.setHeader('Cache-Control', 'private, no-cache');
};

const commonHeaders: RequestHandler = (_request, response, next) => {
  setCacheHeaders(response);
  next();
};

/**
 * The REST routes on an app: health for everybody, the rest for known callers. One router holds them all, since middleware
 * that each have the path as a prefix take it apart again each (docs/performance.md).
 */
export const mountRest = (
  app: Express,
  { callerOf, channel, health, shed, guards, onAnswer, log, ...handlers }: RestDeps,
): void => {
  const routes = Router();
  routes.use(
    commonHeaders,
    boundUnusedBodies,
    health,
    counting(channel, onAnswer),
    shed,
    authenticate(callerOf),
    ...guards,
  );
  routes.use(tableRoutes(handlers, channel));
  routes.use((_request, response) => {
    sendProblem(response, { code: 'not_found' });
  });
  routes.use(problemMiddleware(log));
  app.use(base, routes);
};

/** What every other path answers. */
export const mountNotFound = (app: Express, log: Logger): void => {
  app.use((_request, response) => {
    sendProblem(response, { code: 'not_found' });
  });
  app.use(problemMiddleware(log));
};

/** An Express app as this service wants it. */
export const createApp = (): Express => {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  return app;
};
