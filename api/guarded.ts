import type { AnalyticsOperations } from './analytics-operations.js';
import type { AuditOperations } from './audit-operations.js';
import type { DeskOperations } from './desk-operations.js';
import { fail, type Result, unavailable } from './errors.js';
import type { Operations } from './operations.js';
import type { StaffOperations } from './staff-operations.js';

type AnyCall = (...input: readonly unknown[]) => Promise<Result<unknown>>;

/**
 * The same operations, where storage that is away is a problem to be tried again, not a bug of ours (docs/errors.md,
 * `unavailable`).
 *
 * @param isTransient recognizes such an error; all others are thrown on
 */
export const guarded = <
  T extends Operations | StaffOperations | AuditOperations | DeskOperations | AnalyticsOperations,
>(
  operations: T,
  isTransient: (error: unknown) => boolean,
): T => {
  const guard =
    (call: AnyCall): AnyCall =>
    async (...input) => {
      try {
        return await call(...input);
      } catch (error) {
        if (isTransient(error)) return fail(unavailable);
        throw error;
      }
    };
  const calls = Object.entries(operations) as readonly [string, AnyCall][];
  return Object.fromEntries(calls.map(([name, call]) => [name, guard(call)])) as unknown as T;
};
