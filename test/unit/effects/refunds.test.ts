import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { CommandRequest } from '../../../actors/command-envelope.js';
import type { Answer } from '../../../actors/order-client.js';
import { createRefunder } from '../../../effects/refunds.js';
import type { CallOutcome } from '../../../effects/services.js';
import { anEffect } from '../../support/effect-rows.js';

const done = { outcome: 'done', replayed: false, order: {} } as unknown as Answer;
const refunded: CallOutcome = { kind: 'done', answer: { refund_id: 're_1' } };
const refused: CallOutcome = { kind: 'rejected', error: 'card_gone' };

const refund = async (
  answered: CallOutcome,
  reply: Answer,
  queuedAt = '2026-01-02T03:04:05.000Z',
  now = '2026-01-05T03:04:05.000Z',
) => {
  const sent: CommandRequest[] = [];
  const effect = anEffect({
    orderId: 'o',
    target: 'payment',
    operation: 'payment.refund',
    key: 'o:2:payment.refund:0',
    queuedAt,
  });
  const outcome = await createRefunder({
    call: async (_effect, operation) => {
      expect(operation).toBe('payment.refund');
      return answered;
    },
    orders: {
      send: async (request) => {
        sent.push(request);
        return reply;
      },
    },
    clock: () => new Date(now),
    log: pino({ level: 'silent' }),
  })(effect);
  return { outcome, sent };
};

describe('refunds', () => {
  it('reports the order of a refund before the effect is done', async () => {
    const { outcome, sent } = await refund(refunded, done);
    expect(outcome).toStrictEqual({ kind: 'done' });
    const [{ requestHash, ...request } = {} as CommandRequest, ...more] = sent;
    expect(more).toStrictEqual([]);
    expect(requestHash).toMatch(/^[0-9a-f]{64}$/);
    expect(request).toStrictEqual({
      orderId: 'o',
      commandId: 'effect:o:2:payment.refund:0:refunded',
      caller: { type: 'system', id: 'effects' },
      channel: 'worker',
      traceparent: undefined,
      command: { type: 'settle_refund', key: 'o:2:payment.refund:0', outcome: 'refunded', refund_id: 're_1' },
    });
  });

  it('reports the order of a refusal, once for each round of tries', async () => {
    const first = await refund(refused, done);
    expect(first.outcome).toStrictEqual(refused);
    assert.ok(first.sent[0]);
    expect(first.sent[0].command).toStrictEqual({
      type: 'settle_refund',
      key: 'o:2:payment.refund:0',
      outcome: 'refused',
      reason: 'card_gone',
    });
    const again = await refund(refused, done);
    assert.ok(again.sent[0]);
    expect(again.sent[0].commandId).toBe(first.sent[0].commandId);
    expect(again.sent[0].requestHash).toBe(first.sent[0].requestHash);
    const later = await refund(refused, done, '2026-01-03T00:00:00.000Z');
    expect(later.sent[0]?.commandId).not.toBe(first.sent[0].commandId);
  });

  it('tries again without telling when the payment service did not say', async () => {
    const { outcome, sent } = await refund({ kind: 'retry', error: 'HTTP 503' }, done);
    expect(outcome.kind).toBe('retry');
    expect(sent).toStrictEqual([]);
  });

  it('reports the order of a refund that is given up after three days, and gives it up once the order knows', async () => {
    const answers: CallOutcome[] = [
      { kind: 'retry', error: 'HTTP 503' },
      { kind: 'done', answer: {} },
    ];
    for (const answered of answers) {
      const inTime = await refund(answered, done);
      expect([inTime.outcome.kind, inTime.sent]).toStrictEqual(['retry', []]);
      const late = await refund(answered, done, undefined, '2026-01-05T03:04:05.001Z');
      expect(late.outcome.kind).toBe('given_up');
      assert.ok(late.sent[0]);
      expect(late.sent[0].command).toStrictEqual({
        type: 'settle_refund',
        key: 'o:2:payment.refund:0',
        outcome: 'refused',
        reason:
          answered.kind === 'retry' ? 'given up: HTTP 503' : 'given up: the payment service answered without refund_id',
      });
      const untold = await refund(answered, { outcome: 'unavailable' }, undefined, '2026-01-06T00:00:00.000Z');
      expect(untold.outcome.kind).toBe('retry');
    }
  });

  it('tries again until the order knows', async () => {
    const replies: Answer[] = [
      { outcome: 'unavailable' },
      { outcome: 'broken' },
      { outcome: 'refused', refusal: { code: 'order_busy' } },
    ];
    for (const answered of [refunded, refused])
      for (const reply of replies) expect((await refund(answered, reply)).outcome.kind).toBe('retry');
  });

  it('is done when the order knew already', async () => {
    const stale: Answer = { outcome: 'stale', reason: 'this refund is counted' };
    expect((await refund(refunded, stale)).outcome).toStrictEqual({ kind: 'done' });
    expect((await refund(refused, stale)).outcome).toStrictEqual(refused);
  });

  it('shows staff a refund that its order cannot take', async () => {
    const { outcome } = await refund(refunded, { outcome: 'conflict', reason: 'more refunded than was captured' });
    expect(outcome).toStrictEqual({
      kind: 'rejected',
      error: 'paid, but the order cannot take it: more refunded than was captured',
    });
  });

  it('does not take an answer without a refund id', async () => {
    for (const answer of [{}, { refund_id: '' }, { refund_id: 7 }]) {
      const { outcome, sent } = await refund({ kind: 'done', answer }, done);
      expect(outcome.kind).toBe('retry');
      expect(sent).toStrictEqual([]);
    }
  });
});
