import { AbstractActor } from '@dapr/dapr';
import express from 'express';
import { pino } from 'pino';
import { Agent } from 'undici';
import { startActorHost } from '../../../actors/host.js';
import { actorMethod, actorType } from '../../../actors/order-actor.js';
import { createCallbackApp } from '../../../api/callback-app.js';

/**
 * Floor A: an actor that answers what it is sent, behind the sidecars, actor host and ports of the service. Its gateway
 * does nothing but hand each body to the actor named in the path.
 */
const environment = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
};

/** Its name is the actor type that the sidecars know. */
class OrderActor extends AbstractActor {
  execute(body: unknown): Promise<unknown> {
    return Promise.resolve(body);
  }

  override async resetStateInternal(): Promise<void> {}

  override async saveStateInternal(): Promise<void> {}
}

const main = async (): Promise<void> => {
  const daprHttpPort = Number(environment('DAPR_HTTP_PORT'));
  const callbacks = createCallbackApp(environment('APP_API_TOKEN'));
  const options = { callbackPort: Number(environment('ORDER_CALLBACK_PORT')), daprHttpPort };
  const host = await startActorHost(callbacks, OrderActor, options, pino({ level: 'warn' }));

  const sidecar = new Agent({ keepAliveTimeout: 60_000, connections: 128, pipelining: 1 });
  const app = express();
  app.get('/api/v1/orders/health', (_request, response) => {
    response.json({});
  });
  app.post('/echo/:id', express.json({ limit: '1mb' }), async (request, response) => {
    const { statusCode, body } = await sidecar.request({
      origin: `http://127.0.0.1:${daprHttpPort}`,
      path: `/v1.0/actors/${actorType}/${request.params.id}/method/${actorMethod}`,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request.body),
    });
    response
      .status(statusCode)
      .type('application/json')
      .send(await body.text());
  });
  const gateway = app.listen(Number(environment('ORDER_HTTP_PORT')), '127.0.0.1');
  process.once('SIGTERM', () => {
    gateway.close();
    gateway.closeAllConnections();
    void host.close().then(() => process.exit(0));
  });
};

void main();
