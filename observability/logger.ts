import { trace } from '@opentelemetry/api';
import { type DestinationStream, type Logger, pino } from 'pino';

/**
 * Structured logs, one JSON line each, with the trace they belong to. Errors are cut down to what says where they are
 * from: a database error's detail would repeat the row, and so personal data.
 */
export const createLogger = (level: string, replica: string, destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      base: { service: 'order-service', replica },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => {
        const span = trace.getActiveSpan()?.spanContext();
        return span === undefined ? {} : { trace_id: span.traceId };
      },
      serializers: {
        err: (error: unknown) =>
          error instanceof Error
            ? { type: error.name, message: error.message, code: (error as { code?: unknown }).code, stack: error.stack }
            : { type: typeof error },
      },
    },
    destination ?? pino.destination({ sync: false }),
  );
