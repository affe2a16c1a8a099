import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Express } from 'express';
import { continueTrace, serverSpan } from '../observability/server-span.js';
import { createApp } from './rest/app.js';
import { base } from './table/operation.js';

const sameText = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
};

/** The sidecar proves itself by the app token. */
export const bySidecarToken =
  (appToken: string) =>
  (request: IncomingMessage): boolean => {
    const given = request.headers['dapr-api-token'];
    return typeof given === 'string' && sameText(given, appToken);
  };

/**
 * Whether another app invokes this one: the caller's sidecar names both apps, whatever the caller says. For an actor call it
 * names the calling app alone. An app's own sidecar would name none, and therefore takes no invocation of its own app
 * (components/local/own-api.yaml).
 */
export const isInvocation = ({ headers }: IncomingMessage): boolean => headers['dapr-callee-app-id'] !== undefined;

const namesCaller = ({ headers }: IncomingMessage): boolean => headers['dapr-caller-app-id'] !== undefined;

/** What other apps may invoke; actor calls, events and Dapr's own routes are for our sidecar alone. */
const mayBeInvoked = (path: string): boolean => path === base || path.startsWith(`${base}/`);

const isActorPath = (path: string): boolean => path.startsWith('/actors/');

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
  app.use((request, response, next) => {
    const foreign = isInvocation(request) || (namesCaller(request) && !isActorPath(request.path));
    if (!foreign || mayBeInvoked(request.path)) next();
    else response.status(403).json({ error: 'not for service invocation' });
  });
  app.use(base, serverSpan);
  // An event has a span of its own.
  app.use('/events', continueTrace);
  return app;
};
