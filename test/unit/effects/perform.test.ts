import { describe, expect, it } from '@jest/globals';
import { createPerform } from '../../../effects/perform.js';
import type { CallOutcome } from '../../../effects/services.js';
import type { Outcome } from '../../../persistence/effects.js';
import { anEffect } from '../../support/effect-rows.js';

const threeDaysMs = 3 * 86_400_000;

const performed = async (answer: CallOutcome, afterMs: number, operation: 'warehouse.release' | 'event.publish') => {
  const effect = anEffect({
    orderId: 'o',
    target: operation === 'event.publish' ? 'events' : 'warehouse',
    operation,
    key: `o:2:${operation}:0`,
    queuedAt: '2026-01-02T03:04:05.000Z',
  });
  const retry: Outcome = { kind: 'retry', error: 'no broker' };
  const perform = createPerform({
    publish: async () => retry,
    refund: async () => retry,
    call: async () => answer,
    clock: () => new Date(Date.parse('2026-01-02T03:04:05.000Z') + afterMs),
  });
  return perform(effect);
};

describe('an effect', () => {
  const failed: CallOutcome = { kind: 'retry', error: 'HTTP 503', detail: 'busy' };

  it('is tried again for three days, then given up', async () => {
    const early = await performed(failed, threeDaysMs, 'warehouse.release');
    expect(early).toStrictEqual({ kind: 'retry', error: 'HTTP 503', detail: 'busy' });
    const late = await performed(failed, threeDaysMs + 1, 'warehouse.release');
    expect(late).toStrictEqual({ kind: 'given_up', error: 'HTTP 503', detail: 'busy' });
  });

  it('that is done or refused late is done or refused', async () => {
    const done = await performed({ kind: 'done', answer: {} }, threeDaysMs + 1, 'warehouse.release');
    expect(done).toStrictEqual({ kind: 'done' });
    const refused = await performed({ kind: 'rejected', error: 'gone' }, threeDaysMs + 1, 'warehouse.release');
    expect(refused).toStrictEqual({ kind: 'rejected', error: 'gone' });
  });

  it('that publishes an event is never given up', async () => {
    expect((await performed(failed, 9 * threeDaysMs, 'event.publish')).kind).toBe('retry');
  });
});
