import { describe, expect, it } from '@jest/globals';
import type { Result } from '../../../api/errors.js';
import { createObserve } from '../../../api/observed.js';
import { createLogger } from '../../../observability/logging.js';
import { isTransient } from '../../../persistence/pool.js';

const caller = { caller: { type: 'staff', id: 'staff-1' }, channel: 'rest' } as const;
const observer = { expectCall: () => undefined, called: () => undefined };

/** What a call answers that fails so, and what is logged of it as an error. */
const failing = async (error: Error): Promise<{ readonly result: Result<unknown>; readonly errors: string[] }> => {
  const errors: string[] = [];
  const log = createLogger('error', '8004', { write: (line) => void errors.push(line) });
  const get = createObserve('rest', [], { observer, isTransient, log })('get_order', () => Promise.reject(error));
  const asked = { id: 'ORD-20260101-000001', key: '', input: {}, header: () => undefined };
  return { result: await get(asked, caller), errors };
};

describe('a read while storage fails', () => {
  it('is a problem to be tried again when the database is away', async () => {
    const away = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
    const { result, errors } = await failing(away);
    expect(result).toStrictEqual({
      ok: false,
      problem: { code: 'unavailable', detail: 'Please try again.', retryAfter: 1 },
    });
    expect(errors).toStrictEqual([]);
  });

  it('is a problem to be tried again when no connection is free', async () => {
    const { result } = await failing(new Error('timeout exceeded when trying to connect'));
    expect(result.ok ? 'ok' : result.problem.code).toBe('unavailable');
  });

  it('is a problem to be tried again when the connection leads to a server that is not the primary', async () => {
    const standby = Object.assign(new Error('cannot execute INSERT in a read-only transaction'), { code: '25006' });
    const { result } = await failing(standby);
    expect(result.ok ? 'ok' : result.problem.code).toBe('unavailable');
  });

  it('stays a bug when a statement is wrong', async () => {
    const wrong = Object.assign(new Error('column "nmae" does not exist'), { code: '42703' });
    const { result, errors } = await failing(wrong);
    expect(result).toStrictEqual({ ok: false, problem: { code: 'internal' } });
    expect(errors.join('')).toContain('nmae');
  });
});
