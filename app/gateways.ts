import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import type { Logger } from 'pino';
import { startActorHost } from '../actors/host.js';
import { bySidecarToken, createCallbackApp, isInvocation } from '../api/callback-app.js';
import { errorTable } from '../api/errors.js';
import { eventRoutes } from '../api/events/routes.js';
import { createGrpcApp } from '../api/grpc/app.js';
import { listenGrpc } from '../api/grpc/listen.js';
import type { GuestTokens } from '../api/guest-token.js';
import { createObserve } from '../api/observed.js';
import { createApp, mountNotFound, mountRest } from '../api/rest/app.js';
import { boundUnusedBodies } from '../api/rest/bodies.js';
import { bySidecar, byToken } from '../api/rest/caller.js';
import { healthRoutes, probeRoutes } from '../api/rest/health.js';
import { withHotGet } from '../api/rest/hot-get.js';
import { listen } from '../api/rest/listen.js';
import { documentationRoutes } from '../api/rest/openapi.js';
import { rateLimit } from '../api/rest/rate-limit.js';
import { consoleRoutes } from '../api/rest/console.js';
import { browserGuards } from '../api/rest/security.js';
import { shedChanges } from '../api/rest/shed.js';
import { createSignInLinks } from '../api/sign-in-links.js';
import { callNames } from '../api/table/table.js';
import { createTokens } from '../api/tokens.js';
import { type Config, serviceAddress, servicesWithAddress, type ServiceName } from '../config.js';
import type { Core } from './core.js';
import { lookUpFigures } from './gauges.js';
import { handOver } from '../actors/hand-over.js';
import type { Infrastructure } from './connections.js';
import { healthUrls } from '../effects/service-urls.js';
import { actorHosting, serviceDependencies } from '../observability/dependencies.js';
import { type Metrics, metricsPage, startMetricsServer } from '../observability/metrics.js';
import { createReadiness } from '../observability/readiness.js';
import { serverSpan } from '../observability/server-span.js';
import { isTransient } from '../persistence/pool.js';
import { createRateLimits } from '../persistence/rate-limits.js';
import type { Releasers } from './releasers.js';

/** What the gateways depend on. */
export interface GatewaysDeps {
  readonly config: Config;
  readonly root: string;
  readonly infrastructure: Infrastructure;
  readonly core: Core;
  readonly guests: GuestTokens;
  readonly metrics: Metrics;
  readonly releasers: Releasers;
  readonly log: Logger;
}

const tokensOf = ({ config, guests, log }: GatewaysDeps) => {
  const { environment, file } = config;
  const options = {
    jwksUrl: environment.ORDER_JWKS_URL,
    issuer: environment.ORDER_JWT_ISSUER,
    audience: environment.ORDER_JWT_AUDIENCE,
    clockSkewSeconds: file.auth.clock_skew_seconds,
    maxLifetimeSeconds: file.auth.max_token_lifetime_seconds,
    claims: file.auth.claims,
  };
  return createTokens(options, guests, Date.now, log);
};

const consoleSettings = ({ environment }: Config, root: string) => ({
  folder: path.join(root, 'dist', 'console'),
  issuer: environment.ORDER_JWT_ISSUER,
  audience: environment.ORDER_JWT_AUDIENCE,
  clientId: environment.ORDER_CONSOLE_CLIENT_ID,
  scope: environment.ORDER_CONSOLE_SCOPE,
  links:
    environment.ORDER_CONSOLE_LINKS === undefined
      ? undefined
      : createSignInLinks(environment.ORDER_CONSOLE_LINKS, Date.now),
});

/**
 * Opens every way in, the sidecar's first. Answers how to say that the service is about to stop: readiness is gone then,
 * clients are asked to connect elsewhere, and everything is served as before.
 */
export const openGateways = async (deps: GatewaysDeps): Promise<{ readonly announceStop: () => void }> => {
  const { config, root, core, metrics, releasers, log } = deps;
  const { pool, redis, sidecar, dapr, origin } = deps.infrastructure;
  const { environment, file } = config;
  const { operations, staff, audit, desk, analytics } = core;
  const observing = { observer: metrics, isTransient, log };
  const callsOf = (gateway: string) => ({
    ...{ operations, staff, audit, desk, analytics },
    observe: createObserve(gateway, callNames, observing),
  });
  const tokens = tokensOf(deps);
  const limits = createRateLimits(redis, {
    customerPerSecond: file.rate_limits.customer_per_second,
    guestPerSecond: file.rate_limits.guest_per_second,
  });
  const { DAPR_API_TOKEN: daprApiToken } = environment;
  const access = { sidecar: origin, daprApiToken, addressOf: (name: ServiceName) => serviceAddress(config, name) };
  const services = healthUrls(access, servicesWithAddress(config));
  const dependencies = serviceDependencies({ pool, redis, sidecar, dapr, origin, services });
  const readiness = createReadiness(dependencies.needed);
  const { answered: onAnswer } = metrics;
  const shed = shedChanges(core.isFull, metrics.turnedAway);
  const shared = { health: healthRoutes({ dependencies: dependencies.all }), shed, onAnswer, log };
  for (const gateway of ['rest', 'grpc', 'invoke'])
    metrics.expectAnswers(gateway, ['ok', 'client_gone', ...Object.keys(errorTable)]);

  const { ORDER_BIND_ADDRESS: address } = environment;
  const page = metricsPage(metrics.registry, log);
  const pages = await startMetricsServer(page, { port: environment.ORDER_METRICS_PORT, host: address });
  releasers.push('metrics', () => pages.close());

  const isOurSidecar = bySidecarToken(environment.APP_API_TOKEN);
  const isActorCall = (request: IncomingMessage): boolean => isOurSidecar(request) && !isInvocation(request);
  const callbacks = createCallbackApp(isOurSidecar);
  const { takeEvent, letters: deadLetters } = core;
  callbacks.use('/events', eventRoutes({ takeEvent, deadLetters, observer: metrics, log }));
  const callerOf = bySidecar(file.auth.dapr_callers);
  mountRest(callbacks, { ...shared, ...callsOf('invoke'), guards: [], callerOf, channel: 'invoke' });
  const { ORDER_CALLBACK_PORT: callbackPort } = environment;
  const host = await startActorHost(callbacks, core.activate, { dapr, callbackPort, isActorCall }, log);
  mountNotFound(callbacks, log);
  const hosting = actorHosting(dapr);
  releasers.push('turns', async () => {
    await handOver(host, hosting);
    await host.close();
  });
  // Before the turns: a sidecar whose app goes keeps that app's own actor calls waiting (docs/adr/0014-order-of-a-stop.md).
  releasers.push('workers', () => core.workers.stop());
  const { backlog, admission } = core;
  const { active: activeActors } = host;
  lookUpFigures(metrics.lookedUp, { pool, backlog, admission, activeActors, dependencies: dependencies.own });

  const rest = createApp();
  const browser = browserGuards(file.cors.origins);
  rest.use(serverSpan, boundUnusedBodies, ...browser);
  rest.use(probeRoutes({ readiness: readiness.state }), documentationRoutes(file.order.default_country, root));
  if (environment.ORDER_METRICS_ON_HTTP_PORT) rest.get('/metrics', page);
  rest.use(consoleRoutes(consoleSettings(config, root), log));
  const restCalls = callsOf('rest');
  const byBearer = byToken(tokens);
  mountRest(rest, { ...shared, ...restCalls, guards: [rateLimit(limits)], callerOf: byBearer, channel: 'rest' });
  mountNotFound(rest, log);
  const { observe } = restCalls;
  const serve = withHotGet(rest, { operations, observe, callerOf: byBearer, limits, guards: browser, onAnswer, log });
  const restGateway = await listen(serve, environment.ORDER_HTTP_PORT, address);
  const open: { partWithClients(): void; close(): Promise<void> }[] = [restGateway];
  releasers.push('gateways', () => Promise.all(open.map((gateway) => gateway.close())));

  const grpcApp = createGrpcApp({ ...callsOf('grpc'), ready: hosting, tokens, limits, root, onAnswer, log });
  open.push(await listenGrpc(grpcApp, environment.ORDER_GRPC_PORT, undefined, address));
  return {
    announceStop: () => {
      readiness.stop();
      for (const gateway of open) gateway.partWithClients();
    },
  };
};
