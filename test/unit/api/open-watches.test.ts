import { describe, expect, it } from '@jest/globals';
import { createOpenWatches } from '../../../api/open-watches.js';

describe('Watches of one caller', () => {
  it('are bounded for customers and guests, each by itself, until they are closed', () => {
    const watches = createOpenWatches(2);
    const customer = { type: 'customer', id: 'a' } as const;
    const close = [watches.open(customer), watches.open(customer)];
    expect(watches.open(customer)).toMatchObject({ code: 'rate_limited', retryAfter: 1 });
    expect(watches.open({ type: 'guest', id: 'a' })).toBeInstanceOf(Function);
    expect(watches.open({ type: 'customer', id: 'b' })).toBeInstanceOf(Function);
    const [first] = close;
    // A watch may end more than once.
    if (typeof first === 'function') [first, first].forEach((end) => end());
    expect(watches.open(customer)).toBeInstanceOf(Function);
    expect(watches.open(customer)).toMatchObject({ code: 'rate_limited' });
  });

  it('are not bounded for staff and services', () => {
    const watches = createOpenWatches(1);
    for (const type of ['staff', 'service', 'admin', 'staff'] as const)
      expect(watches.open({ type, id: 'x' })).toBeInstanceOf(Function);
  });
});
