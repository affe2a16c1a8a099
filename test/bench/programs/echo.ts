import { createServer } from 'node:http';
import { AbstractActor, CommunicationProtocolEnum, DaprServer, LogLevel } from '@dapr/dapr';
import express, { type Express } from 'express';
import { pino } from 'pino';
import { Agent } from 'undici';
import { createDaprClient } from '../../../actors/dapr.js';
import { startActorHost } from '../../../actors/host.js';
import { bySidecarToken, createCallbackApp } from '../../../api/callback-app.js';

/**
 * Floor A: an actor that answers what it is sent, behind the sidecars and ports of the service, hosted as the Dapr SDK does
 * it (`ORDER_BENCH_HOST=own`: by the service's own actor host). Its gateway does nothing but hand each body to the actor named
 * in the path.
 */
const environment = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
};

const daprHttpPort = environment('DAPR_HTTP_PORT');
const daprApiToken = environment('DAPR_API_TOKEN');
const callbackPort = Number(environment('ORDER_CALLBACK_PORT'));
const log = pino({ level: 'warn' });
const isOurSidecar = bySidecarToken(environment('APP_API_TOKEN'));

/** Its name is the actor type that the sidecars know. */
class OrderActor extends AbstractActor {
  execute(body: unknown): Promise<unknown> {
    return Promise.resolve(body);
  }

  override async resetStateInternal(): Promise<void> {}

  override async saveStateInternal(): Promise<void> {}
}

const hostWithSdk = async (app: Express): Promise<void> => {
  const server = createServer(app);
  server.keepAliveTimeout = 120_000;
  const dapr = new DaprServer({
    // The SDK would listen on every interface.
    serverHttp: Object.assign(app, { listen: () => server }) as never,
    serverPort: String(callbackPort),
    communicationProtocol: CommunicationProtocolEnum.HTTP,
    clientOptions: { daprHost: '127.0.0.1', daprPort: daprHttpPort, daprApiToken, actor: { actorIdleTimeout: '1m' } },
    logger: { level: LogLevel.Warn },
  });
  await dapr.actor.init();
  await dapr.actor.registerActor(OrderActor);
  server.listen(callbackPort, '127.0.0.1');
};

const hostOurselves = (app: Express): Promise<unknown> => {
  const echo = { execute: (body: unknown) => Promise.resolve(body as object) };
  return startActorHost(
    app,
    () => echo,
    { dapr: createDaprClient(Number(daprHttpPort), log, daprApiToken), callbackPort, isActorCall: isOurSidecar },
    log,
  );
};

const main = async (): Promise<void> => {
  const callbacks = createCallbackApp(isOurSidecar);
  await (process.env['ORDER_BENCH_HOST'] === 'own' ? hostOurselves(callbacks) : hostWithSdk(callbacks));

  const sidecar = new Agent({ keepAliveTimeout: 60_000, connections: 128, pipelining: 1 });
  const app = express();
  app.get('/api/v1/orders/health', (_request, response) => {
    response.json({});
  });
  app.post('/echo/:id', express.json({ limit: '1mb' }), async (request, response) => {
    const { statusCode, body } = await sidecar.request({
      origin: `http://127.0.0.1:${daprHttpPort}`,
      path: `/v1.0/actors/OrderActor/${request.params.id}/method/execute`,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'dapr-api-token': daprApiToken },
      body: JSON.stringify(request.body),
    });
    response
      .status(statusCode)
      .type('application/json')
      .send(await body.text());
  });
  app.listen(Number(environment('ORDER_HTTP_PORT')), '127.0.0.1');
  process.once('SIGTERM', () => process.exit(0));
};

void main();
