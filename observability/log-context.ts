import { AsyncLocalStorage } from 'node:async_hooks';

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

/** An order's id or number for the log: any other text of the client is left out. */
export const orderIdIn = (value: unknown): string | undefined =>
  typeof value === 'string' && ids.test(value) ? value : undefined;
