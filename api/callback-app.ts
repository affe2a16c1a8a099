import { timingSafeEqual } from 'node:crypto';
import type { Express, RequestHandler } from 'express';
import { createApp } from './rest/app.js';

const sameText = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
};

/** The sidecar proves itself by the app token on everything but its health probe (RUNTIME.md, "Actors"). */
const sidecarOnly =
  (appToken: string): RequestHandler =>
  (request, response, next) => {
    if (request.path === '/healthz' || sameText(request.get('dapr-api-token') ?? '', appToken)) next();
    else response.status(401).json({ error: 'only for our own sidecar' });
  };

/** The app of the private port: for our own sidecar, on loopback. Actor calls, events and invocations hang on it. */
export const createCallbackApp = (appToken: string): Express => {
  const app = createApp();
  app.use(sidecarOnly(appToken));
  return app;
};
