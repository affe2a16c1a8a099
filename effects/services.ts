import { SpanKind } from '@opentelemetry/api';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import type { Operation } from '../actors/rules/effects.js';
import type { ServiceName } from '../config.js';
import { markFailed } from '../observability/spans.js';
import type { ClaimedEffect, Outcome, Trouble } from '../persistence/effects.js';
import { parseJson } from './json-text.js';
import { type ServiceAccess, type ServiceUrl, serviceUrl } from './service-urls.js';
import { inTrySpan, type TrySpan } from './try-span.js';

/** What calling the other services needs. */
export interface ServicesDeps extends ServiceAccess {
  /** Keep-alive connections, to the sidecar and to services that are reached directly. */
  readonly http: Dispatcher;
  readonly timeoutMs: number;
}

/** An operation of another service. */
export type Call = Exclude<Operation, 'event.publish'>;

/** The contracts, in short (docs/services.md). Every operation is a POST with an idempotency key. */
const routes: Readonly<Record<Call, readonly [ServiceName, string]>> = {
  'warehouse.release': ['warehouse', '/api/v1/releases'],
  'payment.refund': ['payment', '/api/v1/refunds'],
  'payment.void': ['payment', '/api/v1/voids'],
  'fulfillment.start': ['fulfillment', '/api/v1/fulfillments'],
  'fulfillment.change': ['fulfillment', '/api/v1/fulfillments/change'],
  'fulfillment.stop': ['fulfillment', '/api/v1/fulfillments/stop'],
  'fulfillment.hold': ['fulfillment', '/api/v1/fulfillments/hold'],
  'fulfillment.release': ['fulfillment', '/api/v1/fulfillments/release'],
  'notification.send': ['notification', '/api/v1/notifications'],
};

/** How a call ended; like {@link Outcome}, with what the service answered. */
export type CallOutcome =
  | { readonly kind: 'done'; readonly answer: Readonly<Record<string, unknown>> }
  | Exclude<Outcome, { kind: 'done' | 'given_up' }>;

/** Calls the service that an effect is meant for, once. */
export type CallService = (effect: ClaimedEffect, operation: Call) => Promise<CallOutcome>;

const answerSchema = z.record(z.string(), z.unknown());
const sidecarErrorSchema = z.object({ errorCode: z.string().regex(/^ERR_/) });
const problemSchema = z.object({
  code: z.string().optional(),
  title: z.string().optional(),
  detail: z.string().optional(),
});

/** Client errors that pass: time-out, conflict with work under way, too early, too many. */
const passing = new Set([408, 409, 425, 429]);
const longestReason = 200;

const codePattern = /^\w[\w.-]{0,63}$/;

/** The receiver's code, where it has the shape of one; its sentence apart, since we do not know what it says. */
const troubleIn = (statusCode: number, body: unknown): Trouble => {
  const { code, title, detail } = problemSchema.safeParse(body).data ?? {};
  const words = detail ?? title;
  return {
    error: code !== undefined && codePattern.test(code) ? code : `HTTP ${statusCode}`,
    ...(words === undefined ? {} : { detail: words.slice(0, longestReason) }),
  };
};

/**
 * 2xx with a JSON object: done. 4xx: refused for good, except those that pass and those by which the sidecar itself says
 * that it could not get through. Everything else: again, with the same key.
 */
const judge = (statusCode: number, text: string): CallOutcome => {
  const body = parseJson(text);
  if (statusCode >= 200 && statusCode < 300) {
    const answer = answerSchema.safeParse(body);
    return answer.success
      ? { kind: 'done', answer: answer.data }
      : { kind: 'retry', error: `HTTP ${statusCode} without a JSON object` };
  }
  const final = statusCode >= 400 && statusCode < 500 && !passing.has(statusCode);
  const bySidecar = sidecarErrorSchema.safeParse(body);
  if (bySidecar.success) return { kind: 'retry', error: `HTTP ${statusCode} ${bySidecar.data.errorCode}` };
  return { kind: final ? 'rejected' : 'retry', ...troubleIn(statusCode, body) };
};

const spanOf = (operation: Call): TrySpan => {
  const [service, path] = routes[operation];
  return {
    name: `POST ${path}`,
    kind: SpanKind.CLIENT,
    attributes: { 'http.request.method': 'POST', 'url.template': path, 'server.address': `${service}-service` },
  };
};

/** Calls of the other services, by Dapr service invocation or directly. */
export const createServices = ({ http, timeoutMs, ...access }: ServicesDeps): CallService => {
  const urls = new Map<Call, ServiceUrl>();
  for (const [operation, [service, path]] of Object.entries(routes) as [Call, readonly [ServiceName, string]][])
    urls.set(operation, serviceUrl(access, service, path));

  return async (effect, operation) => {
    const url = urls.get(operation);
    if (url === undefined) return { kind: 'retry', error: `no service is known for ${operation}` };
    const { key, payload } = effect;
    const content = { 'content-type': 'application/json', accept: 'application/json', 'idempotency-key': key };
    return inTrySpan(effect, spanOf(operation), async (trace, span): Promise<CallOutcome> => {
      try {
        const { statusCode, body } = await http.request({
          ...url,
          method: 'POST',
          headers: { ...content, ...url.headers, ...trace },
          body: JSON.stringify(payload),
          signal: AbortSignal.timeout(timeoutMs),
        });
        span.setAttribute('http.response.status_code', statusCode);
        return judge(statusCode, await body.text());
      } catch (error) {
        markFailed(span, error);
        return { kind: 'retry', error: String(error) };
      }
    });
  };
};
