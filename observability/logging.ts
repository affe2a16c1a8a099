import { AsyncLocalStorage } from 'node:async_hooks';
import { types } from 'node:util';
import { trace } from '@opentelemetry/api';
import { type DestinationStream, type Logger, pino } from 'pino';

/** What a log line says of the work it was written in. Ids and closed words only: never what a client has typed. */
export interface LogFields {
  /** Of the order that is worked on. */
  readonly order_id?: string | undefined;
  /** Kind of caller, never who. */
  readonly caller?: string | undefined;
  readonly gateway?: string | undefined;
  readonly call?: string | undefined;
  readonly command?: string | undefined;
  readonly channel?: string | undefined;
  /** Key of the effect that is tried. */
  readonly effect?: string | undefined;
  readonly target?: string | undefined;
  /** Of the trace that the work goes back to, where none is under way. */
  readonly trace_id?: string | undefined;
  readonly topic?: string | undefined;
}

const storage = new AsyncLocalStorage<LogFields>();

/** Runs work whose every log line says these things, beside those that hold around it. */
export const withLogFields = <T>(fields: LogFields, work: () => T): T =>
  storage.run({ ...storage.getStore(), ...fields }, work);

/** What holds here. */
export const logFields = (): LogFields => storage.getStore() ?? {};

/** The pattern that a request's path met, for the log: the path itself is text of the client. */
export const routeOf = (request: { readonly route?: unknown }): string | undefined => {
  const { path } = (request.route ?? {}) as { readonly path?: unknown };
  return typeof path === 'string' ? path : undefined;
};

const ids = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|ORD-\d{8}-\d{6,19})$/i;

/** The text if it is the id or number of an order; undefined for any other text of a client, which is not logged. */
export const orderIdIn = (value: unknown): string | undefined =>
  typeof value === 'string' && ids.test(value) ? value : undefined;

/** An error as a log line shows it. */
export interface LoggedError {
  readonly type: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly stack?: string;
}

/** Postgres' "data exceptions" quote the value at fault, JSON.parse a piece of the text. */
const quotesInput = (error: Error, code: unknown): boolean =>
  error instanceof SyntaxError || (typeof code === 'string' && /^22[0-9A-Z]{3}$/.test(code));

/**
 * An error cut down to what says where it is from: its other fields may repeat a row or a request, and so personal data.
 * Where the message itself quotes input, the quotation is left out; the stack is the frames alone, without the message.
 */
export const loggedError = (error: unknown): LoggedError => {
  if (!types.isNativeError(error)) return { type: typeof error };
  const { name, message, stack = '' } = error;
  const { code } = error as { readonly code?: unknown };
  const frames = stack.indexOf('\n    at ');
  return {
    type: name,
    message: quotesInput(error, code) ? message.replace(/".*"/s, '"…"') : message,
    ...(code === undefined ? {} : { code }),
    ...(frames === -1 ? {} : { stack: stack.slice(frames + 1) }),
  };
};

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
    // With `minLength: 0`, `flush` does not wait for the current write, and the last lines can be lost or out of order.
    destination ?? pino.destination({ sync: false, minLength: 1 }),
  );
