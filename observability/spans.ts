import { types } from 'node:util';
import {
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';

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
