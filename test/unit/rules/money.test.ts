import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { amount, format, round, sum } from '../../../actors/rules/money.js';

describe('money', () => {
  it('is exact where floats are not', () => {
    expect(format(sum(['0.1', '0.2']), 2)).toBe('0.30');
    expect(format(amount('999999999999999.9999').times(1000000), 4)).toBe('999999999999999999900.0000');
  });

  it('is written with the decimals of its currency', () => {
    expect(format(amount('12.5'), 2)).toBe('12.50');
    expect(format(amount('1200'), 0)).toBe('1200');
    expect(format(amount('0'), 3)).toBe('0.000');
    expect(format(amount('0.0000001'), 2)).toBe('0.00');
  });

  it('rounds halves away from zero', () => {
    for (const [value, decimals, rounded] of [
      ['0.005', 2, '0.01'],
      ['0.0049999', 2, '0.00'],
      ['2.5', 0, '3'],
      ['-2.5', 0, '-3'],
      ['1.0005', 3, '1.001'],
    ] as const)
      assert.equal(round(amount(value), decimals).toString(), amount(rounded).toString(), value);
  });
});
