import { randomBytes } from 'node:crypto';
import { types } from 'node:util';
import {
  type Context,
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';

// Not the one that OTEL_PROPAGATORS chooses: sidecars speak W3C alone, and so do the rows in our tables.
const w3c = new W3CTraceContextPropagator();

/** The context that `traceparent` and `tracestate` state (W3C); an empty one where they state none that can be read. */
export const contextIn = (headers: Readonly<Record<string, string | string[] | undefined>>): Context =>
  headers['traceparent'] === undefined ? ROOT_CONTEXT : w3c.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);

/** The headers that make a request part of a context's trace; none outside of any. */
export const traceHeaders = (of: Context = context.active()): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = {};
  w3c.inject(of, headers, defaultTextMapSetter);
  return headers;
};

/** The trace context to store with what is done later. */
export const traceparentOf = (of?: Context): string | undefined => traceHeaders(of)['traceparent'];

/** The trace this call belongs to; what support asks for. */
export const traceIdOf = (of: Context = context.active()): string | undefined => {
  const span = trace.getSpanContext(of);
  return span !== undefined && trace.isSpanContextValid(span) ? span.traceId : undefined;
};

/** A context with ids, of the given trace if it is one, that is not recorded. */
export const unrecordedIn = (parent: Context): Context =>
  trace.setSpanContext(parent, {
    traceId: traceIdOf(parent) ?? randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    traceFlags: TraceFlags.NONE,
  });

const tracer = trace.getTracer('order-service');

/** Takes whatever is said of it and keeps nothing. */
const unrecorded = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/** What is done in a span; requests that it sends belong to `within`. */
export type Work<T> = (span: Span, within: Context) => Promise<T>;

/** How a span begins, and which errors are none. */
export interface Beginning extends SpanOptions {
  /** Errors that belong to the work and say nothing of infrastructure. */
  readonly expected?: (error: unknown) => boolean;
}

/** Whether a collector receives the trace of this context: where not, spans inside it would be made for nothing. */
export const isSampled = (of: Context): boolean =>
  ((trace.getSpanContext(of)?.traceFlags ?? TraceFlags.NONE) & TraceFlags.SAMPLED) !== 0;

/** A span that begins something here: a request, an event, a deadline. The sampler decides whether it is recorded. */
export const startEntrySpan = (name: string, options: SpanOptions, parent: Context): Span =>
  tracer.startSpan(name, options, parent);

/** A part of what goes on already; nothing where that is not collected. */
export const startSpan = (name: string, options: SpanOptions = {}, parent: Context = context.active()): Span =>
  isSampled(parent) ? tracer.startSpan(name, options, parent) : unrecorded;

/**
 * Says that infrastructure failed in this span: what a client did wrong, or an order refused, is no failure. Of an error
 * only its kind is told, since messages repeat data.
 */
export const markFailed = (span: Span, error: unknown): void => {
  const { code, name } = (types.isNativeError(error) ? error : {}) as {
    readonly code?: unknown;
    readonly name?: string;
  };
  const type = typeof error === 'string' ? error : typeof code === 'string' ? code : (name ?? '_OTHER');
  span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
};

const run = async <T>(span: Span, within: Context, work: Work<T>, { expected }: Beginning): Promise<T> => {
  try {
    return await context.with(within, work, undefined, span, within);
  } catch (error) {
    if (expected?.(error) !== true) markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
};

/** Does work in a span that begins something here. */
export const inEntrySpan = <T>(name: string, options: Beginning, parent: Context, work: Work<T>): Promise<T> => {
  const span = startEntrySpan(name, options, parent);
  return run(span, trace.setSpan(parent, span), work, options);
};

/** Does work as a part of what goes on already, in a span where that is collected. */
export const inSpan = <T>(
  name: string,
  options: Beginning,
  work: Work<T>,
  parent: Context = context.active(),
): Promise<T> =>
  isSampled(parent)
    ? inEntrySpan(name, options, parent, work)
    : context.with(parent, work, undefined, unrecorded, parent);
