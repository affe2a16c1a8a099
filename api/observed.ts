import { trace } from '@opentelemetry/api';
import type { Logger } from 'pino';
import { withLogFields, orderIdIn } from '../observability/logging.js';
import type { AnalyticsOperations } from './analytics-operations.js';
import type { AuditOperations } from './audit-operations.js';
import type { CallContext } from './commands.js';
import type { DeskOperations } from './desk-operations.js';
import { type ErrorCode, fail, type Result } from './errors.js';
import type { Operations } from './operations.js';
import type { StaffOperations } from './staff-operations.js';

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

type AnyCall = (...input: readonly unknown[]) => Promise<Result<unknown>>;

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

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

/** Every call ends with its context. */
const callerIn = (input: readonly unknown[]): string => (input.at(-1) as CallContext).caller.type;

/** Whether nothing was done: the call is a repeat, or a dry run. */
const isReplay = (value: unknown): boolean => {
  const { replayed, preview } = (value ?? {}) as { readonly replayed?: unknown; readonly preview?: unknown };
  return replayed === true || preview !== undefined;
};

/**
 * The same operations, each call told to the observer, to its span and to the log: one line, at debug where all went well, and
 * every line written meanwhile says which call it belongs to. What a call throws is a fault of ours: logged here, it
 * becomes a problem.
 */
export const observed = <
  T extends Operations | StaffOperations | AuditOperations | DeskOperations | AnalyticsOperations,
>(
  operations: T,
  gateway: string,
  observer: CallObserver,
  log: Logger,
): T => {
  const run = async (work: AnyCall, input: readonly unknown[]): Promise<Result<unknown>> => {
    try {
      return await work(...input);
    } catch (error) {
      log.error({ err: error }, 'a call failed');
      return fail({ code: 'internal' });
    }
  };

  const observe = (name: string, work: AnyCall): AnyCall => {
    const call = snake(name);
    observer.expectCall(gateway, call);
    return (...input) =>
      withLogFields({ gateway, call, caller: callerIn(input), order_id: orderIdIn(input[0]) }, async () => {
        const begun = performance.now();
        const result = await run(work, input);
        const seconds = (performance.now() - begun) / 1_000;
        const code = result.ok ? 'ok' : result.problem.code;
        observer.called({ gateway, call, code, seconds, replayed: result.ok && isReplay(result.value) });
        tellSpan(code, result.ok ? result.value : undefined);
        const made = orderOf(result);
        log[levelOf(code)]({ code, seconds, ...(made === undefined ? {} : { order_id: made }) }, 'call answered');
        return result;
      });
  };

  const calls = Object.entries(operations) as readonly [string, AnyCall][];
  return Object.fromEntries(calls.map(([name, call]) => [name, observe(name, call)])) as unknown as T;
};
