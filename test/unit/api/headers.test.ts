import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { conditionsIn, dryRunIn } from '../../../api/headers.js';

const conditions = (value: string) => conditionsIn((name) => (name === 'If-Match' ? value : undefined));

describe('If-Match (RFC 9110, section 13.1.1)', () => {
  for (const [value, versions] of [
    ['"1"', [1]],
    [' "1" ', [1]],
    ['"1", "2"', [1, 2]],
    ['"1","2"', [1, 2]],
    ['"one", "2"', [2]],
    ['W/"1"', []],
    ['W/"1", "2"', [2]],
    ['"1", W/"2", "3"', [1, 3]],
    [', "1", ,"2",', [1, 2]],
    ['"one"', []],
    ['""', []],
    ['"-1"', []],
    ['"1.0"', []],
    ['"01"', []],
    ['"0"', []],
    ['"a,b"', []],
    ['"x "', undefined],
    ['"99999999999999999999"', []],
    ['"W/"', []],
  ] as const)
    it(`${value} ${versions === undefined ? 'cannot be read' : `accepts ${JSON.stringify(versions)}`}`, () => {
      const result = conditions(value);
      expect(result.ok ? result.value.ifVersions : undefined).toStrictEqual(versions);
    });

  it('is absent, or *, for any version', () => {
    const any = { idempotencyKey: undefined, ifVersions: undefined };
    expect(conditionsIn(() => undefined)).toStrictEqual({ ok: true, value: { ...any, hasIfMatch: false } });
    for (const result of [conditions('*'), conditions(' * ')])
      expect(result).toStrictEqual({ ok: true, value: { ...any, hasIfMatch: true } });
  });

  for (const value of [
    '',
    '1',
    '"1',
    '1"',
    '"1" "2"',
    '"1", *',
    '*, "1"',
    'w/"1"',
    'W/ "1"',
    '"1";"2"',
    ',',
    '"\u0100"',
  ])
    it(`cannot be ${JSON.stringify(value)}`, () => {
      const result = conditions(value);
      assert.ok(!result.ok);
      expect(result.problem.errors?.map(({ path }) => path)).toStrictEqual(['If-Match']);
    });

  it('is read in time that grows with its length only', () => {
    for (const value of [`${'"1",'.repeat(20_000)}x`, `${', '.repeat(40_000)}x`, `"1"${' ,'.repeat(40_000)}x`])
      expect(conditions(value).ok).toBe(false);
  });
});

describe('a dry run', () => {
  it('is asked for by true, where the call can be tried', () => {
    expect(dryRunIn('dry_run', undefined, false)).toStrictEqual({ ok: true, value: false });
    expect(dryRunIn('dry_run', 'true', true)).toStrictEqual({ ok: true, value: true });
    expect(dryRunIn('dry_run', 'false', true)).toStrictEqual({ ok: true, value: false });
    for (const value of ['', 'TRUE', '1', ['true', 'true']]) {
      const result = dryRunIn('dry_run', value, true);
      expect(result.ok ? [] : result.problem.errors?.map(({ path }) => path)).toStrictEqual(['dry_run']);
    }
    for (const value of ['true', 'false']) expect(dryRunIn('dry_run', value, false).ok).toBe(false);
  });
});
