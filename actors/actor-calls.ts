import type { IncomingMessage, ServerResponse } from 'node:http';
import { AsyncLocalStorage } from 'node:async_hooks';
import { AbstractActor, type ActorId, type DaprClient } from '@dapr/dapr';
// The package has no exports map and does not export its runtime; its version is pinned (docs/adr/0020-dapr-sdk.md).
import ActorRuntime from '@dapr/dapr/actors/runtime/ActorRuntime.js';
import { context } from '@opentelemetry/api';
import { Mutex } from 'async-mutex';
import type { Logger } from 'pino';
import { orderIdIn } from '../observability/logging.js';
import { contextIn } from '../observability/spans.js';

/** What an actor of this service does, apart from being an actor: one method that takes and returns JSON. */
export interface Actor {
  /** @throws for infrastructure faults only: the sidecar's caller then gets a 500 and may call again. */
  execute(body: unknown): Promise<object>;
}

/** The only method that a sidecar may call. */
export const actorMethod = 'execute';

/** The actor type, as placement and the routes know it. Never rename: callers and sidecars use it. */
export const actorType = 'OrderActor';

const turnWait = new AsyncLocalStorage<number>();

/** How long the current actor call has waited for its turn, in milliseconds; 0 outside of a call. */
export const turnWaitMs = (): number => turnWait.getStore() ?? 0;

/** The actors that are active in this process, behind Dapr's actor callbacks. */
export interface ActorCalls {
  /** Whether a request is an actor callback, which {@link ActorCalls.handle} then answers. */
  matches(request: IncomingMessage): boolean;
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Number of actors in memory. */
  active(): number;
  /** Drops actors without a call for so long: a sidecar that crashed never deactivates those it had activated. */
  forgetIdle(milliseconds: number): void;
}

/** Turns of one actor id. It outlives the actor's instance while a call is running or waiting. */
interface Turns {
  readonly mutex: Mutex;
  /** By `performance.now()`. */
  calledAt: number;
}

const prefix = '/actors/';

const answer = (response: ServerResponse, status: number, value: object): void => {
  const body = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
};

const readBody = (request: IncomingMessage): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('error', reject);
    request.once('end', () => {
      resolve(Buffer.concat(chunks));
    });
  });

/** The class that the SDK instantiates on an actor's first call. Its name is the actor type. */
const defineOrderActor = (activate: (id: string) => Actor) =>
  class OrderActor extends AbstractActor {
    readonly #actor: Actor;

    constructor(client: DaprClient, id: ActorId) {
      super(client, id);
      this.#actor = activate(id.getId());
    }

    /** @param signed a command of this service; whatever else comes is refused */
    execute(signed: unknown): Promise<object> {
      return this.#actor.execute(signed);
    }
  };

/**
 * Dapr's actor callbacks over HTTP (Dapr API reference, "Actors: user service code"), answered by the SDK's `ActorRuntime`:
 * `PUT …/method/execute` runs the method, `DELETE` deactivates. Nothing else reaches the runtime, since it would call any
 * method that an actor inherits. Calls of one id take turns here: the runtime makes two instances when two first calls
 * overlap, and the sidecar can overlap turns after a cancelled call. Reminders and timers are not used: 404.
 *
 * The runtime is one per process, so a later call of this function replaces the actors of an earlier one.
 *
 * @param activate creates the actor with this id, on its first call
 */
export const createActorCalls = (client: DaprClient, activate: (id: string) => Actor, log: Logger): ActorCalls => {
  const runtime = ActorRuntime.getInstanceByDaprClient(client);
  runtime.clearActorManagers();
  runtime.registerActor(defineOrderActor(activate));
  const { actors } = runtime.getActorManager(actorType);
  const turns = new Map<string, Turns>();

  const turnsOf = (id: string): Turns => {
    const known = turns.get(id);
    if (known !== undefined) return known;
    const created = { mutex: new Mutex(), calledAt: 0 };
    turns.set(id, created);
    return created;
  };

  const invoke = (id: string, body: Buffer): Promise<object> => {
    const own = turnsOf(id);
    const arrivedAt = performance.now();
    own.calledAt = arrivedAt;
    return own.mutex.runExclusive(() =>
      turnWait.run(
        performance.now() - arrivedAt,
        // The SDK's type says Buffer; it is what the method returned.
        (): Promise<object> => runtime.invoke(actorType, id, actorMethod, body),
      ),
    );
  };

  const deactivate = async (id: string): Promise<void> => {
    const own = turns.get(id);
    if (own === undefined) return;
    await own.mutex.runExclusive(async () => {
      // The runtime throws where no instance is active.
      if (actors.has(id)) await runtime.deactivate(actorType, id);
    });
    if (!own.mutex.isLocked()) turns.delete(id);
  };

  /** The sidecar passes no detail of a failure on to its caller; the gateway sends the command again. */
  const respond = async (id: string, response: ServerResponse, work: () => Promise<object>): Promise<void> => {
    try {
      answer(response, 200, await work());
    } catch (error) {
      log.warn({ err: error, order_id: orderIdIn(id) }, 'actor callback failed');
      answer(response, 500, {});
    }
  };

  return {
    matches: ({ url }) => url?.startsWith(prefix) === true,
    handle: (request, response) => {
      const [of, id, kind, method, ...more] = (request.url ?? '').slice(prefix.length).split('/');
      const ours = of === actorType && id !== undefined && id !== '' && more.length === 0;
      if (ours && request.method === 'PUT' && kind === 'method' && method === actorMethod) {
        context.with(contextIn(request.headers), () => {
          void respond(id, response, async () => invoke(id, await readBody(request)));
        });
      } else if (ours && request.method === 'DELETE' && kind === undefined) {
        void respond(id, response, async () => {
          await deactivate(id);
          return {};
        });
      } else {
        answer(response, 404, { error: 'no such actor method' });
      }
    },
    active: () => actors.size,
    forgetIdle: (milliseconds) => {
      const before = performance.now() - milliseconds;
      for (const [id, { mutex, calledAt }] of turns) {
        if (calledAt >= before || mutex.isLocked()) continue;
        actors.delete(id);
        turns.delete(id);
      }
    },
  };
};
