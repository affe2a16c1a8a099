import type { Answer } from '../support/driver.js';

/** How a request went for its client. */
export type Result =
  /** It was answered as it should be. */
  | 'done'
  /** By the rules of the order, or since its version has moved on. */
  | 'refused'
  /** Told to try again, and when. */
  | 'retriable'
  /** The connection broke, or there was none. */
  | 'broken'
  /** No answer in time. */
  | 'silent'
  /** Anything else: never right. */
  | 'wrong';

/** One request as its client logged it. Times in milliseconds of one clock. */
export interface Attempt {
  readonly call: string;
  readonly surface: 'REST' | 'gRPC' | 'checkout';
  /** Undefined where the client cannot know: at the checkout. */
  readonly replica: number | undefined;
  readonly start: number;
  readonly end: number;
  readonly result: Result;
  /** What was answered, for people. */
  readonly told: string;
}

const refusals = new Set([
  'illegal_transition',
  'order_not_cancellable',
  'order_not_editable',
  'quantity_not_available',
  'version_conflict',
  'order_on_hold',
  'order_not_held',
]);
const passing = new Set(['unavailable', 'rate_limited', 'order_busy']);

/** What a gRPC client makes of a connection that breaks: UNAVAILABLE, INTERNAL or CANCELLED, without an error of ours. */
const brokenGrpc = new Set([14, 13, 1]);

/** Node's own answer where a request's beginning came long ago, before a freeze, and the rest did not (RFC 9110, 15.5.9). */
const connectionGivenUp = 408;

/** The result of an answer; undefined where the connection broke. */
export const resultOf = (surface: Attempt['surface'], answer: Answer | undefined): Result => {
  if (answer === undefined) return 'broken';
  const { ok, status, code, retryAfter } = answer;
  if (ok) return 'done';
  if (code !== undefined && refusals.has(code)) return 'refused';
  if (code !== undefined && passing.has(code)) {
    // The checkout is the sandbox's, which does not say when; whoever answers for us must.
    return surface === 'checkout' || (retryAfter ?? 0) > 0 ? 'retriable' : 'wrong';
  }
  const broken = surface === 'gRPC' ? brokenGrpc.has(status) : status === connectionGivenUp;
  return code === undefined && broken ? 'broken' : 'wrong';
};
