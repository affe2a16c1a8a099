import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { CommandRequest } from '../actors/command-envelope.js';
import type { Answer, OrderClient } from '../actors/order-client.js';
import type { ClaimedEffect, Outcome } from '../persistence/effects.js';
import { retryOrGiveUp } from './give-up.js';
import type { CallService } from './services.js';

/** What refunding needs. */
export interface RefundDeps {
  readonly call: CallService;
  readonly orders: OrderClient;
  readonly clock: () => Date;
  readonly log: Logger;
}

type SettleRefund = Extract<CommandRequest['command'], { type: 'settle_refund' }>;

/**
 * A refund's answer changes its order, so the effect counts as done only when the order's actor has taken it. The command
 * ids are stable: a repeated answer is the same command. A refusal's names the round too, since staff may ask again.
 */
export const createRefunder = ({ call, orders, clock, log }: RefundDeps) => {
  const tell = ({ orderId, traceparent }: ClaimedEffect, commandId: string, command: SettleRefund): Promise<Answer> =>
    orders.send({
      orderId,
      commandId,
      requestHash: createHash('sha256').update(commandId).digest('hex'),
      caller: { type: 'system', id: 'effects' },
      channel: 'worker',
      traceparent,
      command,
    });

  /** What the order's answer means for the effect. */
  const settled = (answer: Answer, otherwise: Outcome): Outcome => {
    switch (answer.outcome) {
      case 'done':
      case 'stale':
        return otherwise;
      case 'conflict':
        log.error({ reason: answer.reason }, 'a refund was paid that its order cannot take');
        return { kind: 'rejected', error: `paid, but the order cannot take it: ${answer.reason}` };
      case 'refused':
        return { kind: 'retry', error: `the order answered ${answer.refusal.code}` };
      case 'elsewhere':
      case 'previewed':
      case 'broken':
      case 'unavailable':
        return { kind: 'retry', error: `the order answered ${answer.outcome}` };
      default: {
        const unknown: never = answer;
        throw new Error(`unknown answer ${(unknown as { readonly outcome: string }).outcome}`);
      }
    }
  };

  /** The money is owed again, and staff see it: refused by the payment service, or given up without an answer. */
  const notPaid = async (effect: ClaimedEffect, reason: string, outcome: Outcome): Promise<Outcome> => {
    const command = { type: 'settle_refund', key: effect.key, outcome: 'refused', reason } as const;
    return settled(await tell(effect, `effect:${effect.key}:refused:${effect.queuedAt}`, command), outcome);
  };

  const noAnswer = async (effect: ClaimedEffect, failed: Extract<Outcome, { kind: 'retry' }>): Promise<Outcome> => {
    const outcome = retryOrGiveUp(effect, failed, clock());
    return outcome.kind === 'given_up' ? notPaid(effect, `given up: ${failed.error}`, outcome) : outcome;
  };

  return async (effect: ClaimedEffect): Promise<Outcome> => {
    const { key } = effect;
    const result = await call(effect, 'payment.refund');
    if (result.kind === 'retry') return noAnswer(effect, result);
    if (result.kind === 'rejected') return notPaid(effect, result.error, result);
    const { refund_id, payment_id } = result.answer;
    if (typeof refund_id !== 'string' || refund_id === '')
      return noAnswer(effect, { kind: 'retry', error: 'the payment service answered without refund_id' });
    const named = typeof payment_id === 'string' && payment_id !== '' ? { payment_id } : {};
    const command = { type: 'settle_refund', key, outcome: 'refunded', refund_id, ...named } as const;
    return settled(await tell(effect, `effect:${key}:refunded`, command), { kind: 'done' });
  };
};
