import { trace } from '@opentelemetry/api';
import type { Logger } from 'pino';
import { withLogFields, orderIdIn } from '../observability/logging.js';
import type { Work } from './call-input.js';
import { type ErrorCode, fail, type Result, unavailable } from './errors.js';

/** Called for every call of a gateway. */
export interface CallObserver {
  /** This gateway has this call. */
  expectCall(gateway: string, call: string): void;
  /** It ended: with `ok` or a code of the error table. */
  called(end: {
    readonly gateway: string;
    readonly call: string;
    readonly code: string;
    readonly seconds: number;
    readonly replayed: boolean;
  }): void;
}

/** Makes a call of the table one that a gateway observes, under its name in metrics and logs. */
export type Observe = <T>(call: string, work: Work<T>) => Work<T>;

/** What a gateway's calls are told to. */
export interface ObserveDeps {
  readonly observer: CallObserver;
  /** Whether an error says that storage is away: a problem to be tried again, not a bug of ours (docs/errors.md, `unavailable`). */
  readonly isTransient: (error: unknown) => boolean;
  readonly log: Logger;
}

interface About {
  readonly id?: unknown;
  readonly version?: unknown;
  readonly document?: unknown;
}

/** Records the result of the call on the gateway's span, and which order it was about. */
const tellSpan = (code: string, value: unknown): void => {
  const span = trace.getActiveSpan();
  if (span?.isRecording() !== true) return;
  span.setAttribute('order.outcome', code);
  const answer = (typeof value === 'object' ? value : undefined) as About | null | undefined;
  const order = (typeof answer?.document === 'object' ? answer.document : answer) as About | null | undefined;
  if (typeof order?.id !== 'string' || typeof order.version !== 'number') return;
  span.setAttributes({ 'order.id': order.id, 'order.version': order.version });
};

const levelOf = (code: ErrorCode | 'ok'): 'debug' | 'info' | 'warn' | 'error' => {
  if (code === 'ok') return 'debug';
  if (code === 'internal') return 'error';
  return code === 'unavailable' ? 'warn' : 'info';
};

/** The order that a call was about, where its answer names one: a created order has no id before. */
const orderOf = (result: Result<unknown>): string | undefined => {
  const { document } = (result.ok ? result.value : {}) as { readonly document?: { readonly id?: string } };
  return document?.id;
};

/** Whether nothing was done: the call is a repeat, or a dry run. */
const isReplay = (value: unknown): boolean => {
  const { replayed, preview } = (value ?? {}) as { readonly replayed?: unknown; readonly preview?: unknown };
  return replayed === true || preview !== undefined;
};

/**
 * Tells each call to the observer, to its span and to the log: one line, at debug where all went well, and every line written
 * meanwhile says which call it belongs to. What a call throws becomes a problem: `unavailable` while storage is away, else it
 * is a fault of ours, logged here.
 *
 * @param calls the names of all calls, which are expected from now on
 */
export const createObserve = (
  gateway: string,
  calls: readonly string[],
  { observer, isTransient, log }: ObserveDeps,
): Observe => {
  for (const call of calls) observer.expectCall(gateway, call);

  const run = async <T>(work: Work<T>, ...asked: Parameters<Work<T>>): Promise<Result<T>> => {
    try {
      return await work(...asked);
    } catch (error) {
      if (isTransient(error)) return fail(unavailable);
      log.error({ err: error }, 'a call failed');
      return fail({ code: 'internal' });
    }
  };

  return (call, work) => (asked, context) =>
    withLogFields({ gateway, call, caller: context.caller.type, order_id: orderIdIn(asked.id) }, async () => {
      const begun = performance.now();
      const result = await run(work, asked, context);
      const seconds = (performance.now() - begun) / 1_000;
      const code = result.ok ? 'ok' : result.problem.code;
      observer.called({ gateway, call, code, seconds, replayed: result.ok && isReplay(result.value) });
      tellSpan(code, result.ok ? result.value : undefined);
      const made = orderOf(result);
      log[levelOf(code)]({ code, seconds, ...(made === undefined ? {} : { order_id: made }) }, 'call answered');
      return result;
    });
};
