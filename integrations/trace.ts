import { context, propagation, ROOT_CONTEXT } from '@opentelemetry/api';

/**
 * Makes a call part of the trace that its cause belongs to. With tracing on, the HTTP instrumentation writes the header
 * itself (a second one would void both); with tracing off, the stored one is handed on.
 *
 * @param traceparent as stored with the cause
 * @param call gets the headers that the request must carry
 */
export const inTrace = <T>(
  traceparent: string | undefined,
  call: (headers: Readonly<Record<string, string>>) => T,
): T => {
  if (traceparent === undefined) return call({});
  if (propagation.fields().length === 0) return call({ traceparent });
  return context.with(propagation.extract(ROOT_CONTEXT, { traceparent }), () => call({}));
};
