import { Mutex } from 'async-mutex';
import type { Logger } from 'pino';
import { withLogFields } from '../observability/log-context.js';
import type { Actor } from './actor-calls.js';
import type { CommandRequest, CommandSigner } from './command-envelope.js';
import type { Reply } from './reply.js';
import { inTurn } from './spans.js';
import { createTurns, type TurnDeps } from './turn.js';

/** The actor type, as placement and the routes know it. Never rename: callers and sidecars spell it out. */
export const actorType = 'OrderActor';

/** What the actors of this process share. */
export interface OrderActorDeps extends TurnDeps {
  readonly signer: CommandSigner;
  /** Whether an error means that infrastructure is away: then the caller tries again (DESIGN.md section 3). */
  readonly isTransient: (error: unknown) => boolean;
  readonly log: Logger;
  /** Told of every turn: command, outcome (`unavailable`: infrastructure failed), seconds waited and taken. */
  readonly onTurn: (command: string, outcome: string, waitedSeconds: number, seconds: number) => void;
}

/**
 * The actor of one order. It adds to Dapr's turn a mutex of its own (two callers can hold a turn at once:
 * research/dapr.md 2.2) and the proof that a gateway of ours sent the command. Its answer is a {@link Reply}; it throws
 * for infrastructure only.
 */
export const createOrderActor = (orderId: string, deps: OrderActorDeps): Actor => {
  const mutex = new Mutex();
  const turns = createTurns(orderId, deps);

  const turn = async (request: CommandRequest): Promise<Reply> => {
    try {
      return await turns.take(request);
    } catch (error) {
      if (deps.isTransient(error)) throw error;
      deps.log.error({ err: error }, 'a turn broke');
      return { outcome: 'broken' };
    }
  };

  const observed = async (request: CommandRequest, asked: number): Promise<Reply> => {
    const begun = performance.now();
    let outcome: Reply['outcome'] | 'unavailable' = 'unavailable';
    try {
      const reply = await turn(request);
      outcome = reply.outcome;
      deps.log.debug({ outcome, code: reply.outcome === 'refused' ? reply.refusal.code : undefined }, 'turn taken');
      return reply;
    } finally {
      const ended = performance.now();
      deps.onTurn(request.command.type, outcome, (begun - asked) / 1_000, (ended - begun) / 1_000);
    }
  };

  return {
    execute: async (signed): Promise<Reply> => {
      const request = deps.signer.open(signed, orderId);
      if (request === undefined)
        return { outcome: 'refused', refusal: { code: 'forbidden', detail: 'Not a command of this service.' } };
      const asked = performance.now();
      const { command, caller, channel } = request;
      const fields = { order_id: orderId, command: command.type, caller: caller.type, channel };
      return inTurn(request, (span) =>
        withLogFields(fields, () =>
          mutex.runExclusive(() => {
            span.setAttribute('order.turn.wait_ms', performance.now() - asked);
            return observed(request, asked);
          }),
        ),
      );
    },
  };
};
