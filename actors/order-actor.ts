import { AbstractActor, type ActorId, type DaprClient } from '@dapr/dapr';
import { Mutex } from 'async-mutex';
import type { Logger } from 'pino';
import type { CommandRequest, CommandSigner } from './command-envelope.js';
import type { Reply } from './reply.js';
import { createTurns, type TurnDeps, type Turns } from './turn.js';

/** The actor type, as placement and the routes know it. Never rename: callers and sidecars spell it out. */
export const actorType = 'OrderActor';

/** The one method a sidecar may call on it. */
export const actorMethod = 'execute';

/** What the actors of this process share. */
export interface OrderActorDeps extends TurnDeps {
  readonly signer: CommandSigner;
  /** Whether an error means that infrastructure is away: then the caller tries again (DESIGN.md section 3). */
  readonly isTransient: (error: unknown) => boolean;
  readonly log: Logger;
  /** Told of every turn: command, outcome, seconds waited and taken. */
  readonly onTurn: (command: string, outcome: string, waitedSeconds: number, seconds: number) => void;
}

/** The shape of the class that the Dapr runtime instantiates, one object per active order. */
export type OrderActorClass = new (client: DaprClient, id: ActorId) => AbstractActor;

/**
 * The Dapr actor around the rules. It adds to Dapr's turn a mutex of its own (two callers can hold a turn at once:
 * research/dapr.md 2.2) and the proof that a gateway of ours sent the command.
 */
export const createOrderActor = (deps: OrderActorDeps): OrderActorClass =>
  class OrderActor extends AbstractActor {
    private readonly mutex = new Mutex();
    private readonly turns: Turns;
    private readonly orderId: string;

    constructor(client: DaprClient, id: ActorId) {
      super(client, id);
      this.orderId = id.getId();
      this.turns = createTurns(this.orderId, deps);
    }

    /** @throws for infrastructure only; everything else is a {@link Reply}. */
    async execute(signed: unknown): Promise<Reply> {
      const request = deps.signer.open(signed, this.orderId);
      if (request === undefined)
        return { outcome: 'refused', refusal: { code: 'forbidden', detail: 'Not a command of this service.' } };
      const { type } = request.command;
      const asked = performance.now();
      return this.mutex.runExclusive(async () => {
        const begun = performance.now();
        const reply = await this.turn(request);
        deps.onTurn(type, reply.outcome, (begun - asked) / 1_000, (performance.now() - begun) / 1_000);
        return reply;
      });
    }

    private async turn(request: CommandRequest): Promise<Reply> {
      try {
        return await this.turns.take(request);
      } catch (error) {
        if (deps.isTransient(error)) throw error;
        deps.log.error({ err: error, orderId: this.orderId, command: request.command.type }, 'a turn broke');
        return { outcome: 'broken' };
      }
    }

    /** Nothing of an order is in the SDK's state manager, so there is nothing to clear and nothing to save. */
    override async resetStateInternal(): Promise<void> {}

    override async saveStateInternal(): Promise<void> {}
  };
