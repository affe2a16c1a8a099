import { describe, expect, it } from '@jest/globals';
import { timeLeft } from '../../../api/grpc/context.js';

describe('the time left for a call over gRPC', () => {
  it.each([
    ['what the client grants', 1_500, 'one', 500],
    ['at most ten seconds for one order', 61_000, 'one', 10_000],
    ['at most as long as over REST for many orders', 61_000, 'many', 50_000],
    ['what the client grants for many orders', 21_000, 'many', 20_000],
    ['the same without a deadline', Infinity, 'many', 50_000],
    ['never nothing', 900, 'many', 1],
  ] as const)('is %s', (_, deadline, extent, left) => {
    expect(timeLeft(deadline, 1_000, extent)).toBe(left);
  });
});
