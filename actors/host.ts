import { createServer, type Server } from 'node:http';
import { CommunicationProtocolEnum, DaprServer, LogLevel } from '@dapr/dapr';
import type { Express, NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';
import { actorMethod, actorType, type OrderActorClass } from './order-actor.js';

/** Where the sidecar finds us, and where we find it. */
export interface HostOptions {
  /** Private port for the sidecar's callbacks; bound to loopback whatever happens (RUNTIME.md). */
  readonly callbackPort: number;
  readonly daprHttpPort: number;
}

/** The actor host of this process. */
export interface ActorHost {
  readonly server: Server;
  close(): Promise<void>;
}

/**
 * Serves the sidecar's callbacks on loopback: actor configuration and calls through the Dapr SDK, and whatever routes
 * the given Express 5 app already has. Express 5 turns a failing handler into a 500; the SDK's own Express 4 would hang.
 *
 * @param app must already refuse callers without the app token
 */
export const startActorHost = async (
  app: Express,
  actor: OrderActorClass,
  options: HostOptions,
  log: Logger,
): Promise<ActorHost> => {
  const server = createServer(app);
  // The sidecar keeps idle connections for 90 s: ours must live longer, or it meets closed ones.
  server.keepAliveTimeout = 120_000;
  server.headersTimeout = 125_000;
  const dapr = new DaprServer({
    // The SDK calls listen(port) on this app and would take every interface: the listening is done here instead.
    serverHttp: Object.assign(app, { listen: () => server }) as never,
    serverHost: '127.0.0.1',
    serverPort: String(options.callbackPort),
    communicationProtocol: CommunicationProtocolEnum.HTTP,
    clientOptions: {
      daprHost: '127.0.0.1',
      daprPort: String(options.daprHttpPort),
      actor: {
        actorIdleTimeout: '1m',
        drainOngoingCallTimeout: '5s',
        drainRebalancedActors: true,
        reentrancy: { enabled: false },
      },
    },
    logger: { level: LogLevel.Warn },
  });
  // Only the one method, on the one type: the SDK would let a sidecar call any method the class inherits.
  app.put('/actors/:type/:id/method/:method', (request: Request, response: Response, next: NextFunction) => {
    const { type, method } = request.params;
    if (type === actorType && method === actorMethod) next();
    else response.status(404).json({ error: 'no such actor method' });
  });
  app.get('/dapr/subscribe', (_request: Request, response: Response) => {
    // Subscriptions are declared in components/, not here.
    response.json([]);
  });
  await dapr.actor.init();
  await dapr.actor.registerActor(actor);
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    // The SDK throws for an actor that is not in memory; for its deactivation that is as good as done.
    const gone = request.method === 'DELETE' && String(error).includes('ACTOR_NOT_ACTIVATED');
    if (!gone) log.error({ err: error, path: request.path }, 'a callback of the sidecar failed');
    response.status(gone ? 200 : 500).json({});
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.callbackPort, '127.0.0.1', () => {
      resolve();
    });
  });
  return {
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
};
