import { Mutex } from 'async-mutex';
import type { Logger } from 'pino';
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
  /** Told of every turn: command, outcome, seconds waited and taken. */
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
      deps.log.error({ err: error, orderId, command: request.command.type }, 'a turn broke');
      return { outcome: 'broken' };
    }
  };

  return {
    execute: async (signed): Promise<Reply> => {
      const request = deps.signer.open(signed, orderId);
      if (request === undefined)
        return { outcome: 'refused', refusal: { code: 'forbidden', detail: 'Not a command of this service.' } };
      const asked = performance.now();
      return inTurn(request, (span) =>
        mutex.runExclusive(async () => {
          const begun = performance.now();
          span.setAttribute('order.turn.wait_ms', begun - asked);
          const reply = await turn(request);
          const { type } = request.command;
          deps.onTurn(type, reply.outcome, (begun - asked) / 1_000, (performance.now() - begun) / 1_000);
          return reply;
        }),
      );
    },
  };
};
