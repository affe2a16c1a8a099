import type { Caller } from '../actors/rules/order-parts.js';
import type { Problem } from './errors.js';

/** Limits of a request's body, bytes. */
export const bodyLimits = { usual: 65_536, long: 1_048_576 } as const;

/** `long`: 1 MiB for services and staff, 64 KiB for customers and guests, who have no metadata to send. `usual`: 64 KiB. */
export type BodySize = keyof typeof bodyLimits;

/** How long the body of a call may be that others may send at this size. */
export const sizeFor = (size: BodySize, { type }: Caller): BodySize =>
  type === 'customer' || type === 'guest' ? 'usual' : size;

/** What is said of a body beyond it. */
export const tooLarge = (size: BodySize): string =>
  `The body of this call has at most ${size === 'long' ? '1 MiB' : '64 KiB'}.`;

/** How a caller stands after this request. */
export interface Allowance {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until the window starts again. */
  readonly resetMs: number;
}

/** Counts requests per caller and second (docs/configuration.md). Undefined: this caller is not counted. */
export interface RateLimits {
  take(caller: Caller): Promise<Allowance | undefined>;
}

/**
 * Counts a request; the problem, where its caller is beyond the limit.
 *
 * @param tell is called with the fields `RateLimit-Policy` and `RateLimit` of the answer, where the caller is counted
 */
export const countRequest = async (
  limits: RateLimits,
  caller: Caller,
  tell: (name: string, value: string) => void,
): Promise<Problem | undefined> => {
  const allowance = await limits.take(caller);
  if (allowance === undefined) return undefined;
  const { allowed, limit, remaining, resetMs } = allowance;
  const seconds = Math.max(1, Math.ceil(resetMs / 1_000));
  tell('RateLimit-Policy', `"caller";q=${limit};w=1`);
  tell('RateLimit', `"caller";r=${remaining};t=${seconds}`);
  return allowed
    ? undefined
    : { code: 'rate_limited', detail: `At most ${limit} requests a second.`, retryAfter: seconds };
};
