import type { Caller } from '../actors/rules/order-parts.js';

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
