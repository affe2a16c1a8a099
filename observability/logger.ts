import { trace } from '@opentelemetry/api';
import { type DestinationStream, type Logger, pino } from 'pino';
import { logFields } from './log-context.js';
import { loggedError } from './logged-error.js';

/** Structured logs, one JSON line each, with the trace and the work they belong to. */
export const createLogger = (level: string, replica: string, destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      base: { service: 'order-service', replica },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => {
        const span = trace.getActiveSpan()?.spanContext();
        // A new object each time: pino writes the line's own fields into it.
        return { ...logFields(), ...(span === undefined ? {} : { trace_id: span.traceId }) };
      },
      serializers: { err: loggedError },
    },
    // With a least length of 0, `flush` does not wait for the write at hand: the last lines would be out of order, or lost.
    destination ?? pino.destination({ sync: false, minLength: 1 }),
  );
