import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Express } from 'express';
import { continueTrace, serverSpan } from '../observability/server-span.js';
import { basePath, createApp } from './rest/app.js';

const sameText = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
};

/** The sidecar proves itself by the app token (RUNTIME.md, "Actors"). */
export const bySidecarToken =
  (appToken: string) =>
  (request: IncomingMessage): boolean => {
    const given = request.headers['dapr-api-token'];
    return typeof given === 'string' && sameText(given, appToken);
  };

/**
 * The app of the private port: for our own sidecar, on loopback; its health probe alone comes without a token. Events and
 * invocations hang on it.
 */
export const createCallbackApp = (isOurSidecar: (request: IncomingMessage) => boolean): Express => {
  const app = createApp();
  app.use((request, response, next) => {
    if (request.path === '/healthz' || isOurSidecar(request)) next();
    else response.status(401).json({ error: 'only for our own sidecar' });
  });
  app.use(basePath, serverSpan);
  // An event has a span of its own.
  app.use('/events', continueTrace);
  return app;
};
