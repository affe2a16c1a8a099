import type { Logger } from 'pino';
import { withLogFields, orderIdIn } from '../observability/logging.js';
import { type Actor, turnWaitMs } from './actor-calls.js';
import type { CommandRequest, CommandSigner, Reply, Signed } from './command-envelope.js';
import { createRefusals } from './refusals.js';
import { inTurn } from './spans.js';
import { createTurns, type TurnDeps } from './turn.js';

/** What the actors of this process share. */
export interface OrderActorDeps extends TurnDeps {
  readonly signer: CommandSigner;
  /** Whether an error means that infrastructure is away: then the caller tries again (docs/architecture.md). */
  readonly isTransient: (error: unknown) => boolean;
  readonly log: Logger;
  /** Called for every turn: command, outcome (`unavailable`: infrastructure failed), seconds waited and taken. */
  readonly onTurn: (command: string, outcome: string, waitedSeconds: number, seconds: number) => void;
}

/**
 * The actor of one order: takes the commands that a gateway of ours has signed, one at a time (actor-calls.ts). Its answer
 * is a {@link Reply}, signed; it throws for infrastructure only.
 */
export const createOrderActor = (orderId: string, deps: OrderActorDeps): Actor => {
  const turns = createTurns(orderId, deps);
  const refusals = createRefusals(() => deps.clock().getTime());

  const turn = async (request: CommandRequest): Promise<Reply> => {
    try {
      return await turns.take(request);
    } catch (error) {
      if (deps.isTransient(error)) throw error;
      deps.log.error({ err: error }, 'a turn broke');
      return { outcome: 'broken' };
    }
  };

  const observed = async (request: CommandRequest): Promise<Reply> => {
    const begun = performance.now();
    let outcome: Reply['outcome'] | 'unavailable' = 'unavailable';
    try {
      const reply = await turn(request);
      outcome = reply.outcome;
      deps.log.debug({ outcome, code: reply.outcome === 'refused' ? reply.refusal.code : undefined }, 'turn taken');
      return reply;
    } finally {
      const ended = performance.now();
      deps.onTurn(request.command.type, outcome, turnWaitMs() / 1_000, (ended - begun) / 1_000);
    }
  };

  return {
    execute: async (signed): Promise<object> => {
      const request = deps.signer.open(signed, orderId);
      if (request === undefined) {
        deps.log.warn(
          { order_id: orderIdIn(orderId) },
          'a command was not signed by this service, or is too old or too new',
        );
        return { outcome: 'refused', refusal: { code: 'forbidden', detail: 'Not a command of this service.' } };
      }
      const { signature } = signed as Signed;
      const before = refusals.answerTo(signature);
      if (before !== undefined) return deps.signer.signReply(before, signed);
      const { command, caller, channel } = request;
      const fields = { order_id: orderIdIn(orderId), command: command.type, caller: caller.type, channel };
      const reply = await inTurn(request, (span) =>
        withLogFields(fields, () => {
          span.setAttribute('order.turn.wait_ms', turnWaitMs());
          return observed(request);
        }),
      );
      refusals.keep(signature, reply);
      return deps.signer.signReply(reply, signed);
    },
  };
};
