import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import type { CommandRequest } from '../../../actors/command-envelope.js';
import type { Answer } from '../../../actors/order-client.js';
import { createRefunder } from '../../../integrations/refunds.js';
import type { CallOutcome } from '../../../integrations/services.js';
import { anEffect } from '../../support/effect-rows.js';

const done = { outcome: 'done', replayed: false, order: {} } as unknown as Answer;
const refunded: CallOutcome = { kind: 'done', answer: { refund_id: 're_1' } };
const refused: CallOutcome = { kind: 'rejected', error: 'card_gone' };

const refund = async (answered: CallOutcome, reply: Answer, queuedAt = '2026-01-02T03:04:05.000Z') => {
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
      assert.equal(operation, 'payment.refund');
      return answered;
    },
    orders: {
      send: async (request) => {
        sent.push(request);
        return reply;
      },
    },
    log: pino({ level: 'silent' }),
  })(effect);
  return { outcome, sent };
};

describe('refunds', () => {
  it('tells the order of a refund before the effect is done', async () => {
    const { outcome, sent } = await refund(refunded, done);
    assert.deepEqual(outcome, { kind: 'done' });
    const [{ requestHash, ...request } = {} as CommandRequest, ...more] = sent;
    assert.deepEqual(more, []);
    assert.match(requestHash, /^[0-9a-f]{64}$/);
    assert.deepEqual(request, {
      orderId: 'o',
      commandId: 'effect:o:2:payment.refund:0:refunded',
      caller: { type: 'system', id: 'effects' },
      channel: 'worker',
      traceparent: undefined,
      command: { type: 'settle_refund', key: 'o:2:payment.refund:0', outcome: 'refunded', refund_id: 're_1' },
    });
  });

  it('tells the order of a refusal, once for each round of tries', async () => {
    const first = await refund(refused, done);
    assert.deepEqual(first.outcome, refused);
    assert.deepEqual(first.sent[0]?.command, {
      type: 'settle_refund',
      key: 'o:2:payment.refund:0',
      outcome: 'refused',
      reason: 'card_gone',
    });
    const again = await refund(refused, done);
    assert.equal(again.sent[0]?.commandId, first.sent[0].commandId);
    assert.equal(again.sent[0].requestHash, first.sent[0].requestHash);
    const later = await refund(refused, done, '2026-01-03T00:00:00.000Z');
    assert.notEqual(later.sent[0]?.commandId, first.sent[0].commandId);
  });

  it('tries again without telling when the payment service did not say', async () => {
    const { outcome, sent } = await refund({ kind: 'retry', error: 'HTTP 503' }, done);
    assert.equal(outcome.kind, 'retry');
    assert.deepEqual(sent, []);
  });

  it('tries again until the order knows', async () => {
    const replies: Answer[] = [
      { outcome: 'unavailable' },
      { outcome: 'broken' },
      { outcome: 'refused', refusal: { code: 'order_busy' } },
    ];
    for (const answered of [refunded, refused])
      for (const reply of replies) assert.equal((await refund(answered, reply)).outcome.kind, 'retry');
  });

  it('is done when the order knew already', async () => {
    const stale: Answer = { outcome: 'stale', reason: 'this refund is counted' };
    assert.deepEqual((await refund(refunded, stale)).outcome, { kind: 'done' });
    assert.deepEqual((await refund(refused, stale)).outcome, refused);
  });

  it('shows staff a refund that its order cannot take', async () => {
    const { outcome } = await refund(refunded, { outcome: 'conflict', reason: 'more refunded than was captured' });
    assert.deepEqual(outcome, {
      kind: 'rejected',
      error: 'paid, but the order cannot take it: more refunded than was captured',
    });
  });

  it('does not take an answer without a refund id', async () => {
    for (const answer of [{}, { refund_id: '' }, { refund_id: 7 }]) {
      const { outcome, sent } = await refund({ kind: 'done', answer }, done);
      assert.equal(outcome.kind, 'retry');
      assert.deepEqual(sent, []);
    }
  });
});
