import { context, propagation, trace } from '@opentelemetry/api';

/** The trace this call belongs to; what support asks for. */
export const traceIdOf = (): string | undefined => trace.getActiveSpan()?.spanContext().traceId;

/** The trace context to hand on (W3C). */
export const traceparentOf = (): string | undefined => {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier['traceparent'];
};
