import type { IncomingMessage, ServerResponse } from 'node:http';
import { types } from 'node:util';
import { context } from '@opentelemetry/api';
import type { Logger } from 'pino';
import { orderIdIn } from '../observability/order-id.js';
import { contextIn } from '../observability/trace-context.js';

/** An actor, as the sidecar calls it: one method that takes and answers JSON. */
export interface Actor {
  /** @throws for infrastructure only: the sidecar's caller then gets a 500 and may call again. */
  execute(body: unknown): Promise<object>;
}

/** The one method a sidecar may call on it. */
export const actorMethod = 'execute';

/** The actors of one type that are active in this process, behind Dapr's actor callbacks. */
export interface ActorCalls {
  /** Whether a request is a callback about actors, which {@link ActorCalls.handle} then answers. */
  matches(request: IncomingMessage): boolean;
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Actors in memory. */
  active(): number;
  /** Forgets actors that nobody called for so long: a sidecar that died tells nothing of those it had activated. */
  forgetIdle(milliseconds: number): void;
}

const prefix = '/actors/';

const answer = (response: ServerResponse, status: number, value: object): void => {
  const body = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
};

const readJson = (request: IncomingMessage): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('error', reject);
    request.once('end', () => {
      try {
        resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      } catch (error) {
        reject(types.isNativeError(error) ? error : new Error(String(error)));
      }
    });
  });

/**
 * Dapr's actor callbacks over HTTP (Dapr API reference, "Actors: user service code"): `PUT …/method/execute` runs the method,
 * `DELETE` deactivates. The sidecar gives one turn at a time; reminders and timers are not used, so they are not found.
 *
 * @param activate makes the actor with this id, on its first call
 */
export const createActorCalls = (type: string, activate: (id: string) => Actor, log: Logger): ActorCalls => {
  const actors = new Map<string, { readonly actor: Actor; calledAt: number }>();

  const find = (id: string): Actor => {
    const now = performance.now();
    const known = actors.get(id);
    if (known !== undefined) {
      known.calledAt = now;
      return known.actor;
    }
    const actor = activate(id);
    actors.set(id, { actor, calledAt: now });
    return actor;
  };

  const call = async (id: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const body = await readJson(request);
      answer(response, 200, await find(id).execute(body));
    } catch (error) {
      // The sidecar tells its caller no more than that it failed; the gateway sends the command again.
      log.warn({ err: error, order_id: orderIdIn(id) }, 'an actor call failed');
      answer(response, 500, {});
    }
  };

  return {
    matches: ({ url }) => url?.startsWith(prefix) === true,
    handle: (request, response) => {
      const [of, id, kind, method, ...more] = (request.url ?? '').slice(prefix.length).split('/');
      const ours = of === type && id !== undefined && id !== '' && more.length === 0;
      if (ours && request.method === 'PUT' && kind === 'method' && method === actorMethod) {
        context.with(contextIn(request.headers), () => void call(id, request, response));
      } else if (ours && request.method === 'DELETE' && kind === undefined) {
        actors.delete(id);
        answer(response, 200, {});
      } else {
        answer(response, 404, { error: 'no such actor method' });
      }
    },
    active: () => actors.size,
    forgetIdle: (milliseconds) => {
      const before = performance.now() - milliseconds;
      for (const [id, { calledAt }] of actors) if (calledAt < before) actors.delete(id);
    },
  };
};
