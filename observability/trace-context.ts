import { randomBytes } from 'node:crypto';
import {
  type Context,
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
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
