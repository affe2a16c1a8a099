import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { type Attempt, resultOf, type Result } from '../../chaos/attempts.js';
import { isExcused, type Occurrence } from '../../chaos/excuses.js';
import { type FaultKind, faultKinds } from '../../chaos/plan.js';
import type { Answer } from '../../support/driver.js';

const attempt = (result: Result, replica: number | undefined, over: Partial<Attempt> = {}): Attempt => ({
  ...{ call: 'getOrder', surface: replica === undefined ? 'checkout' : 'REST', replica, start: 10, end: 20, result },
  told: '',
  ...over,
});

/** At replica 1, where a replica is hit at all. */
const fault = (kind: FaultKind, from = 5, until = 25): Occurrence => {
  const replica = /^(app|sidecar|replica)_/.test(kind) ? 1 : undefined;
  return { kind, replica, from, until };
};

const answer = (over: Partial<Answer>): Answer => ({
  ...{ ok: false, status: 503, code: undefined, errors: [], retryAfter: undefined, etag: undefined, replayed: false },
  ...{ order: undefined, guestToken: undefined },
  ...over,
});

describe('what is excused', () => {
  it('is nothing while nothing is broken', () => {
    for (const result of ['retriable', 'broken', 'silent', 'wrong'] as const)
      assert.equal(isExcused(attempt(result, 1), []), false, result);
    for (const result of ['done', 'refused'] as const) assert.ok(isExcused(attempt(result, 1), []), result);
  });

  it('is never a wrong answer', () => {
    for (const kind of faultKinds)
      for (const replica of [1, 2, undefined])
        assert.equal(isExcused(attempt('wrong', replica), [fault(kind)]), false, kind);
  });

  it('is a broken connection of the process that was hit, not of another', () => {
    for (const kind of ['app_killed', 'replica_killed', 'app_frozen'] as const) {
      assert.ok(isExcused(attempt('broken', 1), [fault(kind)]), kind);
      assert.equal(isExcused(attempt('broken', 2), [fault(kind)]), false, kind);
    }
    for (const kind of ['replica_removed', 'redis_killed', 'placement_killed', 'postgres_killed'] as const)
      assert.equal(isExcused(attempt('broken', 1), [fault(kind)]), false, kind);
  });

  it('is no error at all at a replica that lives when another dies or goes', () => {
    for (const kind of ['app_killed', 'replica_killed', 'sidecar_killed', 'replica_removed'] as const)
      assert.equal(isExcused(attempt('retriable', 2), [fault(kind)]), false, kind);
    expect(isExcused(attempt('retriable', 2), [fault('postgres_killed')])).toBe(true);
  });

  it('is only what met the fault', () => {
    const met = [fault('postgres_killed', 30, 40)];
    // before it
    expect(isExcused(attempt('retriable', 1), met)).toBe(false);
    expect(isExcused(attempt('retriable', 1, { end: 31 }), met)).toBe(true);
    // long after it
    expect(isExcused(attempt('retriable', 1, { start: 3_000, end: 3_001 }), met)).toBe(false);
  });
});

describe('the result of an answer', () => {
  it('is good, or a refusal by the rules', () => {
    expect(resultOf('REST', answer({ ok: true, status: 200 }))).toBe('done');
    expect(resultOf('gRPC', answer({ status: 9, code: 'illegal_transition' }))).toBe('refused');
    expect(resultOf('REST', answer({ status: 412, code: 'version_conflict' }))).toBe('refused');
  });

  it('is retriable only where it says when', () => {
    expect(resultOf('REST', answer({ code: 'unavailable', retryAfter: 1 }))).toBe('retriable');
    expect(resultOf('REST', answer({ code: 'unavailable' }))).toBe('wrong');
    expect(resultOf('gRPC', answer({ status: 8, code: 'order_busy', retryAfter: 1 }))).toBe('retriable');
  });

  it('reports a broken connection from an error of the service', () => {
    expect(resultOf('REST', undefined)).toBe('broken');
    expect(resultOf('gRPC', answer({ status: 14 }))).toBe('broken');
    expect(resultOf('gRPC', answer({ status: 13, code: 'internal' }))).toBe('wrong');
    expect(resultOf('REST', answer({ status: 500, code: 'internal' }))).toBe('wrong');
    expect(resultOf('REST', answer({ status: 404, code: 'order_not_found' }))).toBe('wrong');
  });
});
