import { describe, expect, it } from '@jest/globals';
import { guarded } from '../../../api/guarded.js';
import type { Operations } from '../../../api/operations.js';
import { isTransient } from '../../../persistence/pool.js';

const caller = { caller: { type: 'staff', id: 'staff-1' }, channel: 'rest' } as const;

/** Operations of which only reading one order is asked, and which fail so. */
const failing = (error: Error): Operations =>
  guarded({ getOrder: () => Promise.reject(error) } as unknown as Operations, isTransient);

describe('a read while storage fails', () => {
  it('is a problem to be tried again when the database is away', async () => {
    const away = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
    const result = await failing(away).getOrder('ORD-20260101-000001', {}, caller);
    expect(result).toStrictEqual({
      ok: false,
      problem: { code: 'unavailable', detail: 'Please try again.', retryAfter: 1 },
    });
  });

  it('is a problem to be tried again when no connection is free', async () => {
    const result = await failing(new Error('timeout exceeded when trying to connect')).getOrder('x', {}, caller);
    expect(result.ok ? 'ok' : result.problem.code).toBe('unavailable');
  });

  it('is a problem to be tried again when the connection leads to a server that is not the primary', async () => {
    const standby = Object.assign(new Error('cannot execute INSERT in a read-only transaction'), { code: '25006' });
    const result = await failing(standby).getOrder('x', {}, caller);
    expect(result.ok ? 'ok' : result.problem.code).toBe('unavailable');
  });

  it('stays a bug when a statement is wrong', async () => {
    const wrong = Object.assign(new Error('column "nmae" does not exist'), { code: '42703' });
    await expect(failing(wrong).getOrder('x', {}, caller)).rejects.toBe(wrong);
  });
});
