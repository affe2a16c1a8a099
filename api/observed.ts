import { trace } from '@opentelemetry/api';
import type { Result } from './errors.js';
import type { Operations } from './operations.js';
import type { StaffOperations } from './staff-operations.js';

/** Told of every call: gateway, call, code of the answer (`ok` or one of the error table), seconds taken. */
export type OnCall = (gateway: string, call: string, code: string, seconds: number) => void;

type AnyCall = (...input: readonly unknown[]) => Promise<Result<unknown>>;

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

interface About {
  readonly id?: unknown;
  readonly version?: unknown;
  readonly document?: unknown;
}

/** Tells the gateway's span what came of the call, and which order it was about. */
const tellSpan = (code: string, value: unknown): void => {
  const span = trace.getActiveSpan();
  if (span?.isRecording() !== true) return;
  span.setAttribute('order.outcome', code);
  const answer = (typeof value === 'object' ? value : undefined) as About | null | undefined;
  const order = (typeof answer?.document === 'object' ? answer.document : answer) as About | null | undefined;
  if (typeof order?.id !== 'string' || typeof order.version !== 'number') return;
  span.setAttributes({ 'order.id': order.id, 'order.version': order.version });
};

/** The same operations, each call told to `onCall` and to its span: one histogram for all gateways. */
export const observed = <T extends Operations | StaffOperations>(operations: T, gateway: string, onCall: OnCall): T => {
  const observe =
    (name: string, call: AnyCall): AnyCall =>
    async (...input) => {
      const begun = performance.now();
      let code = 'internal';
      try {
        const result = await call(...input);
        code = result.ok ? 'ok' : result.problem.code;
        tellSpan(code, result.ok ? result.value : undefined);
        return result;
      } finally {
        onCall(gateway, snake(name), code, (performance.now() - begun) / 1_000);
      }
    };
  const calls = Object.entries(operations) as readonly [string, AnyCall][];
  return Object.fromEntries(calls.map(([name, call]) => [name, observe(name, call)])) as unknown as T;
};
