import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { DaprClient } from '@dapr/dapr';
import type { Express } from 'express';
import type { Logger } from 'pino';
import { drainable } from './draining.js';
import { type Actor, actorType, createActorCalls } from './actor-calls.js';

/** How the host listens, and to whom. */
export interface HostOptions {
  /** The SDK's client of our sidecar, which its actor runtime needs. */
  readonly dapr: DaprClient;
  /** Private port for the sidecar's callbacks; bound to loopback always. */
  readonly callbackPort: number;
  /** Whether a request is our own sidecar's, and no other app's invocation that it passes on. */
  readonly isActorCall: (request: IncomingMessage) => boolean;
}

/** The actor host of this process. */
export interface ActorHost {
  readonly server: Server;
  /** Actors in memory. */
  active(): number;
  /**
   * Fails the sidecar's health checks from now on, so that it has actors and events go to other replicas; what it sends
   * until it has noticed is served.
   */
  leave(): void;
  /** Waits for the turns at hand. */
  close(): Promise<void>;
}

/** What the sidecar is configured with for our actors (`GET /dapr/config`): no reminders, no reentrancy, quick to move. */
const settings = {
  entities: [actorType],
  actorIdleTimeout: '1m',
  drainOngoingCallTimeout: '5s',
  drainRebalancedActors: true,
  reentrancy: { enabled: false },
};

/** Five times what the sidecar waits before it deactivates an idle actor itself. */
const forgottenAfterMs = 300_000;

/**
 * Serves the sidecar's callbacks on loopback: actor calls, and whatever routes the given app has. Actor calls come first and
 * go past Express, since every command is one.
 *
 * @param app must already refuse callers without the app token, and whatever is no actor call
 */
export const startActorHost = async (
  app: Express,
  activate: (id: string) => Actor,
  { dapr, callbackPort, isActorCall }: HostOptions,
  log: Logger,
): Promise<ActorHost> => {
  const calls = createActorCalls(dapr, activate, log);
  let leaving = false;
  app.get('/healthz', (_request, response) => {
    response.status(leaving ? 503 : 200).json({});
  });
  app.get('/dapr/config', (_request, response) => {
    response.json(settings);
  });
  app.get('/dapr/subscribe', (_request, response) => {
    // Subscriptions are declared in components/, not here.
    response.json([]);
  });
  const server = createServer((request, response) => {
    if (calls.matches(request) && isActorCall(request)) calls.handle(request, response);
    else app(request, response);
  });
  // The sidecar keeps idle connections for 90 s: ours must live longer, or it meets closed ones.
  server.keepAliveTimeout = 120_000;
  server.headersTimeout = 125_000;
  const draining = drainable(server);
  const sweep = setInterval(() => {
    calls.forgetIdle(forgottenAfterMs);
  }, forgottenAfterMs / 5);
  sweep.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(callbackPort, '127.0.0.1', () => {
      resolve();
    });
  });
  return {
    server,
    active: calls.active,
    leave: () => {
      leaving = true;
    },
    close: async () => {
      clearInterval(sweep);
      await draining.close();
    },
  };
};
