import type { Result } from './errors.js';
import type { Operations } from './operations.js';
import type { StaffOperations } from './staff-operations.js';

/** Told of every call: gateway, call, code of the answer (`ok` or one of the error table), seconds taken. */
export type OnCall = (gateway: string, call: string, code: string, seconds: number) => void;

type AnyCall = (...input: readonly unknown[]) => Promise<Result<unknown>>;

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The same operations, each call told to `onCall`: one histogram for all gateways. */
export const observed = <T extends Operations | StaffOperations>(operations: T, gateway: string, onCall: OnCall): T => {
  const observe =
    (name: string, call: AnyCall): AnyCall =>
    async (...input) => {
      const begun = performance.now();
      let code = 'internal';
      try {
        const result = await call(...input);
        code = result.ok ? 'ok' : result.problem.code;
        return result;
      } finally {
        onCall(gateway, snake(name), code, (performance.now() - begun) / 1_000);
      }
    };
  const calls = Object.entries(operations) as readonly [string, AnyCall][];
  return Object.fromEntries(calls.map(([name, call]) => [name, observe(name, call)])) as unknown as T;
};
