import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { Agent } from 'undici';
import { createCommandSigner } from './actors/command-envelope.js';
import { startActorHost } from './actors/host.js';
import { createOrderActor } from './actors/order-actor.js';
import { createOrderClient } from './actors/order-client.js';
import { createCallbackApp } from './api/callback-app.js';
import { createCommands } from './api/commands.js';
import { ok } from './api/errors.js';
import { eventRoutes } from './api/events/routes.js';
import { createGrpcApp } from './api/grpc/app.js';
import { listenGrpc } from './api/grpc/listen.js';
import { createGuestTokens } from './api/guest-token.js';
import { observed } from './api/observed.js';
import { createOperations } from './api/operations.js';
import { createPriceCheck } from './api/prices.js';
import { createTakeEvent } from './api/events/take-event.js';
import { createStaffOperations } from './api/staff-operations.js';
import { createLedger } from './persistence/ledger.js';
import { basePath, createApp, mountNotFound, mountRest } from './api/rest/app.js';
import { bySidecar, byToken } from './api/rest/caller.js';
import { healthRoutes, probeRoutes } from './api/rest/health.js';
import { listen } from './api/rest/listen.js';
import { documentationRoutes } from './api/rest/openapi.js';
import { rateLimit } from './api/rest/rate-limit.js';
import { browserGuards } from './api/rest/security.js';
import { createOrderReader } from './api/schemas/create-order.js';
import { updateBody } from './api/schemas/requests.js';
import { createTokens } from './api/tokens.js';
import type { Config } from './config.js';
import { hostsActors, httpProbe } from './observability/dependencies.js';
import { createMetrics } from './observability/metrics.js';
import { startMetricsServer } from './observability/metrics-server.js';
import { createReadiness } from './observability/readiness.js';
import { serviceDependencies } from './observability/service-dependencies.js';
import { createDeadLetters } from './persistence/dead-letters.js';
import { createGuestOrders } from './persistence/guest-orders.js';
import { migrate } from './persistence/migrate.js';
import { createOrderNumbers } from './persistence/order-numbers.js';
import { createOrderReads } from './persistence/order-reads.js';
import { createOrderStore } from './persistence/order-store.js';
import { createPool, isTransient } from './persistence/pool.js';
import { createPriceList } from './persistence/price-list.js';
import { createRateLimits } from './persistence/rate-limits.js';
import { createReleasers } from './releasers.js';
import { createWorkers } from './workers.js';

/** The running service. */
export interface Service {
  /** Stops in order: gateways, turns, worker, pools. True when everything went well. */
  stop(): Promise<boolean>;
}

const clock = (): Date => new Date();

/** Hours after which an event that came early is given up (SPEC section 3). */
const waitingHours = 24;

/** Migrates as soon as the database is there; a late database is waited for, a wrong one is not. */
const migrateWhenThere = async (config: Config, root: string, log: Logger): Promise<void> => {
  for (;;) {
    try {
      const dsn = config.environment.ORDER_DATABASE_DSN;
      await migrate({
        dsn,
        root,
        direction: 'up',
        log: (line) => {
          log.info(line);
        },
      });
      return;
    } catch (error) {
      if (!isTransient(error)) throw error;
      log.warn({ err: error }, 'the database is not there yet');
      await sleep(500);
    }
  }
};

const startRedis = (config: Config, log: Logger): Redis => {
  const { ORDER_REDIS_ADDR, ORDER_REDIS_PASSWORD } = config.environment;
  const [host = '127.0.0.1', port = '6379'] = ORDER_REDIS_ADDR.split(':');
  const redis = new Redis({
    host,
    port: Number(port),
    ...(ORDER_REDIS_PASSWORD === undefined ? {} : { password: ORDER_REDIS_PASSWORD }),
    db: config.file.redis.database,
    connectTimeout: config.file.redis.dial_timeout_ms,
    // Redis is a help, not a need: a command of ours fails at once while it is away.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
  });
  redis.on('error', (error: Error) => {
    log.debug({ err: error }, 'redis is away');
  });
  return redis;
};

/** Puts the service together and starts it: the only place that sees every part. */
export const start = async (config: Config, root: string, log: Logger): Promise<Service> => {
  const { environment, file } = config;
  const releasers = createReleasers(log);
  await migrateWhenThere(config, root, log);

  const name = `order-service ${hostname()}:${environment.ORDER_HTTP_PORT}`;
  const { connections, lifetime_seconds: lifetimeSeconds } = file.database;
  const pool = createPool({ dsn: environment.ORDER_DATABASE_DSN, connections, lifetimeSeconds, name }, log);
  releasers.push('database', () => pool.end());
  const redis = startRedis(config, log);
  releasers.push('redis', () => {
    redis.disconnect();
  });
  const sidecar = new Agent({ keepAliveTimeout: 60_000, connections: 128, pipelining: 1 });
  releasers.push('sidecar connections', () => sidecar.close());
  const origin = `http://127.0.0.1:${environment.DAPR_HTTP_PORT}`;

  const metrics = createMetrics();
  const signer = createCommandSigner(environment.ORDER_SECRET);
  const numbers = createOrderNumbers(pool, environment.ORDER_NUMBER_SEQUENCE_KEY, file.order.number_time_zone, log);
  const actor = createOrderActor({
    store: createOrderStore(pool, numbers),
    clock,
    policy: {
      returnWindowDays: environment.ORDER_RETURN_WINDOW_DAYS,
      autoCancelHours: environment.ORDER_AUTO_CANCEL_DRAFT_HOURS,
      partialCancellations: file.order.enable_partial_cancellations,
      returns: file.order.enable_returns,
      waitingHours,
    },
    log,
    onCommit: (order, entries) => {
      metrics.committed(order, entries);
      workers.effects.wake();
    },
    onOvertaken: metrics.overtaken,
    onTurn: metrics.turned,
    signer,
    isTransient,
  });
  const client = createOrderClient({ sidecar, origin, signer, log });
  const workers = createWorkers({
    config,
    pool,
    http: sidecar,
    sidecar: origin,
    orders: client,
    numbers,
    metrics,
    clock,
    waitingHours,
    log,
  });
  releasers.push('workers', () => workers.stop());

  const guests = createGuestTokens(environment.ORDER_SECRET);
  const tokens = createTokens(
    {
      jwksUrl: environment.ORDER_JWKS_URL,
      issuer: environment.ORDER_JWT_ISSUER,
      audience: environment.ORDER_JWT_AUDIENCE,
      clockSkewSeconds: file.auth.clock_skew_seconds,
    },
    guests,
    Date.now,
    log,
  );
  const prices = createPriceList(pool, redis, log);
  const letters = createDeadLetters(pool);
  const takeEvent = createTakeEvent({ client, guestOrders: createGuestOrders(pool), prices });
  const commands = createCommands(client);
  const reads = createOrderReads(pool);
  const operations = createOperations({
    commands,
    reads,
    guests,
    readCreate: createOrderReader(file.order.default_country, {
      guestCheckout: environment.ORDER_ENABLE_GUEST_CHECKOUT,
      multipleWarehouses: environment.ORDER_ENABLE_MULTIPLE_WAREHOUSES,
      promotions: environment.ORDER_ENABLE_PROMOTIONS,
    }),
    updateBody: updateBody(file.order.default_country),
    checkPrices: environment.ORDER_VERIFY_PRICES ? createPriceCheck(prices) : () => Promise.resolve(ok(undefined)),
    now: clock,
  });
  const staff = createStaffOperations({
    ledger: createLedger(pool),
    letters,
    commands,
    takeEvent,
    exists: async (orderId) => (await reads.byId(orderId)) !== undefined,
    wake: workers.effects.wake,
  });
  const dependencies = serviceDependencies({ pool, redis, sidecar, origin });
  const readiness = createReadiness(dependencies.needed);
  const health = healthRoutes({ dependencies: dependencies.all });

  const callbacks = createCallbackApp(environment.APP_API_TOKEN);
  callbacks.use('/events', eventRoutes({ takeEvent, deadLetters: letters, onVerdict: metrics.eventTaken, log }));
  const shared = { health, staff, guards: [], log };
  mountRest(callbacks, {
    ...shared,
    operations: observed(operations, 'invoke', metrics.called),
    callerOf: bySidecar(file.auth.dapr_callers),
    channel: 'invoke',
  });
  const { ORDER_CALLBACK_PORT: callbackPort, DAPR_HTTP_PORT: daprHttpPort } = environment;
  const host = await startActorHost(callbacks, actor, { callbackPort, daprHttpPort }, log);
  releasers.push('actor host', () => host.close());

  const rest = createApp();
  rest.use(...browserGuards(file.cors.origins));
  rest.use(probeRoutes({ readiness: readiness.state }), documentationRoutes(file.order.default_country));
  const limits = createRateLimits(redis, {
    customerPerSecond: file.rate_limits.customer_per_second,
    guestPerSecond: file.rate_limits.guest_per_second,
  });
  mountRest(rest, {
    ...shared,
    operations: observed(operations, 'rest', metrics.called),
    guards: [rateLimit(limits)],
    callerOf: byToken(tokens),
    channel: 'rest',
  });
  mountNotFound(rest, log);
  const gateway = await listen(rest, environment.ORDER_HTTP_PORT);
  releasers.push('REST gateway', () => gateway.close());
  const grpcApp = createGrpcApp({
    operations: observed(operations, 'grpc', metrics.called),
    ready: httpProbe(sidecar, origin, '/v1.0/metadata', hostsActors),
    ...{ tokens, limits, root, log },
  });
  const grpc = await listenGrpc(grpcApp, environment.ORDER_GRPC_PORT);
  releasers.push('gRPC gateway', () => grpc.close());
  workers.start();
  log.info({ rest: environment.ORDER_HTTP_PORT, grpc: environment.ORDER_GRPC_PORT, basePath }, 'ready');

  const page = await startMetricsServer(metrics.registry, environment.ORDER_METRICS_PORT, log);
  releasers.push('metrics', () => page.close());
  return {
    stop: () => {
      readiness.stop();
      return releasers.releaseAll();
    },
  };
};
