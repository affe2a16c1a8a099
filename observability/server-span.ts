import { type Context, context, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, RequestHandler } from 'express';
import { contextIn, markFailed, startEntrySpan, traceIdOf, unrecordedIn } from './spans.js';

/** Asked every few seconds, by probes: their answers have a trace id like all others, but their spans are not recorded. */
const probes: ReadonlySet<string> = new Set(['/livez', '/readyz', '/api/v1/orders/health']);

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']);

/** What a path may name: ids of ours. Anything else in it is a client's word, and could be an email. */
const ourIds = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|ORD-\d+-\d+)$/i;

const routeOf = ({ baseUrl, route }: Request): string | undefined => {
  const { path } = (route ?? {}) as { readonly path?: unknown };
  return typeof path === 'string' ? (path === '/' && baseUrl !== '' ? baseUrl : `${baseUrl}${path}`) : undefined;
};

/** Where a request has led, in the words of the routes. */
export interface Routed {
  /** The pattern that its path has met; undefined: none. */
  readonly route: string | undefined;
  readonly parameters: Readonly<Record<string, string | readonly string[]>>;
}

const pathOf = (route: string, parameters: Routed['parameters']): string =>
  route.replace(/:(\w+)/g, (_match, name: string) => {
    const value = String(parameters[name]);
    return ourIds.test(value) ? value : 'REDACTED';
  });

const schemeOf = ({ socket }: IncomingMessage): string => ('encrypted' in socket ? 'https' : 'http');

const describe = (
  span: Span,
  request: IncomingMessage,
  response: ServerResponse,
  { route, parameters }: Routed,
): void => {
  const method = methods.has(request.method ?? '') ? (request.method ?? '') : '_OTHER';
  span.updateName([method === '_OTHER' ? 'HTTP' : method, route].filter((part) => part !== undefined).join(' '));
  span.setAttributes({ 'http.request.method': method, 'url.scheme': schemeOf(request) });
  // No query: filters of lists are emails and customers' ids.
  if (route !== undefined) span.setAttributes({ 'http.route': route, 'url.path': pathOf(route, parameters) });
  if (!response.headersSent) return;
  span.setAttribute('http.response.status_code', response.statusCode);
  if (response.statusCode >= 500) markFailed(span, String(response.statusCode));
};

const withSpan = (
  parent: Context,
  request: IncomingMessage,
  response: ServerResponse,
  routed: () => Routed,
): Context => {
  const span = startEntrySpan(request.method ?? '', { kind: SpanKind.SERVER }, parent);
  if (span.isRecording())
    response.once('close', () => {
      describe(span, request, response, routed());
      span.end();
    });
  return trace.setSpan(parent, span);
};

const inTrace = (within: Context, response: ServerResponse, work: () => void): void => {
  const traceId = traceIdOf(within);
  if (traceId !== undefined) response.setHeader('X-Trace-Id', traceId);
  context.with(within, work);
};

/**
 * Serves a request inside a server span, in the trace that its `traceparent` names; see {@link serverSpan}.
 *
 * @param routed asked when the response is done, and only where the span is collected
 */
export const inServerSpan = (
  request: IncomingMessage,
  response: ServerResponse,
  routed: () => Routed,
  work: () => void,
): void => {
  inTrace(withSpan(contextIn(request.headers), request, response, routed), response, work);
};

/**
 * A server span around every request, by the semantic conventions for HTTP, in the trace that its `traceparent` names;
 * the trace id goes back as `X-Trace-Id`. First of all middleware. Written here since the instrumentation of `http`
 * records queries and costs more, also where nothing is collected (ADR 0011).
 */
export const serverSpan: RequestHandler = (request, response, next) => {
  if (probes.has(`${request.baseUrl}${request.path}`))
    inTrace(unrecordedIn(contextIn(request.headers)), response, next);
  else inServerSpan(request, response, () => ({ route: routeOf(request), parameters: request.params }), next);
};

/** Only the trace that a request names: for handlers with a span of their own. */
export const continueTrace: RequestHandler = (request, _response, next) => {
  context.with(contextIn(request.headers), next);
};
