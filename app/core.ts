import type { Logger } from 'pino';
import type { Actor } from '../actors/actor-calls.js';
import { type AdmissionLoad, createAdmission } from '../actors/admission.js';
import { createCommandSigner } from '../actors/command-envelope.js';
import { createOrderActor, type OrderActorDeps } from '../actors/order-actor.js';
import { type Backlog, createOrderClient } from '../actors/order-client.js';
import { createOrderProxies } from '../actors/order-proxy.js';
import { canWithdraw } from '../actors/dry-run.js';
import type { DeadLetters } from '../actors/dead-letters.js';
import type { Policy } from '../actors/rules/commands.js';
import { type AnalyticsOperations, createAnalyticsOperations } from '../api/analytics-operations.js';
import { type AuditOperations, createAuditOperations } from '../api/audit-operations.js';
import { type ChangeFeed, createChangeFeed } from '../api/change-feed.js';
import { createChangeOrder } from '../api/change-order.js';
import { createCommands } from '../api/commands.js';
import { createDeskOperations, type DeskOperations } from '../api/desk-operations.js';
import { createTakeEvent, type TakeEvent } from '../api/events/take-event.js';
import type { GuestTokens } from '../api/guest-token.js';
import { createOpenWatches } from '../api/open-watches.js';
import { createOperations, type Operations } from '../api/operations.js';
import { createPriceCheck } from '../api/prices.js';
import { createOrderReader } from '../api/schemas/create-order.js';
import { createStaffOperations, type StaffOperations } from '../api/staff-operations.js';
import { createWatchAll } from '../api/watch-all.js';
import { createWatchHub, type WatchHub } from '../api/watch-hub.js';
import { createVisibleOrder } from '../api/visible-order.js';
import type { Config } from '../config.js';
import type { Infrastructure } from './connections.js';
import type { Metrics } from '../observability/metrics.js';
import { createBulkRequests } from '../persistence/bulk-requests.js';
import { createDeadLetters } from '../persistence/dead-letters.js';
import { createErasures } from '../persistence/erasures.js';
import { createJournalTail } from '../persistence/journal-tail.js';
import { createJournal } from '../persistence/journal.js';
import { createInsightsReads } from '../analytics/store/reads.js';
import { createLedger } from '../persistence/ledger.js';
import { createOrderNumbers } from '../persistence/order-numbers.js';
import { createOrderReads } from '../persistence/order-reads.js';
import { createOrderStore } from '../persistence/order-store.js';
import { isTransient } from '../persistence/pool.js';
import { createPriceList } from '../persistence/price-list.js';
import { createVerifiedEmails } from '../persistence/verified-emails.js';
import { createWorkers, type Workers } from './workers.js';

/** The service without its gateways. */
export interface Core {
  /** Makes the actor of the order with this id. */
  readonly activate: (orderId: string) => Actor;
  readonly workers: Workers;
  readonly operations: Operations;
  readonly staff: StaffOperations;
  readonly audit: AuditOperations;
  readonly watches: WatchHub;
  readonly changes: ChangeFeed;
  readonly desk: DeskOperations;
  readonly analytics: AnalyticsOperations;
  readonly takeEvent: TakeEvent;
  readonly letters: DeadLetters;
  /** Commands of this process that are not answered yet. */
  readonly backlog: () => Backlog;
  /** Orders that the gateways of this process work on, and those that wait to be. */
  readonly admission: () => AdmissionLoad;
  /** Whether changes of orders are refused at once. */
  readonly isFull: () => boolean;
}

const clock = (): Date => new Date();

/**
 * More orders than this at once make nothing quicker on a core or two; a burst waits for its turn, and when the waiting does
 * not end within a second, most are asked to retry (docs/adr/0016).
 */
const admission = {
  ...{ atOnce: 32, burstWaitMs: 5_000, overloadedAfterMs: 1_000 },
  ...{ overloadedWaitMs: 300, overloadedWaiting: 64 },
};

/** Hours after which an event that came early is given up (docs/events.md). */
const waitingHours = 24;

/** Milliseconds until a watch at one replica sees what another has committed, at most. */
const watchIntervalMs = 500;

/** How watches of many orders are fed: what waits for slow readers is bounded for each, and for all together. */
const feedLimits = { intervalMs: watchIntervalMs, spacingMs: 250, mostWaiting: 1_000, mostBytes: 32 * 1_048_576 };

/** Puts actor, workers and operations together over the infrastructure. */
export const createCore = (
  config: Config,
  { pool, redis, sidecar, dapr, origin, chain, seal }: Infrastructure,
  guests: GuestTokens,
  metrics: Metrics,
  log: Logger,
): Core => {
  const { environment, file } = config;
  const signer = createCommandSigner(environment.ORDER_SECRET);
  const numbers = createOrderNumbers(pool, environment.ORDER_NUMBER_SEQUENCE_KEY, file.order.number_time_zone, log);
  const gate = createAdmission({ ...admission, onTurnedAway: metrics.turnedAway });
  const client = createOrderClient({ callActor: createOrderProxies(dapr), signer, admission: gate, log });
  const workers = createWorkers({
    config,
    pool,
    http: sidecar,
    dapr,
    sidecar: origin,
    orders: client,
    numbers,
    seal,
    metrics,
    clock,
    waitingHours,
    log,
  });
  const reads = createOrderReads(pool);
  const watches = createWatchHub({ versionsOf: reads.versionsOf, intervalMs: watchIntervalMs, log });
  const tail = createJournalTail(pool);
  const changes = createChangeFeed({ ...feedLimits, tail, log });
  const policy: Policy = {
    returnWindowDays: environment.ORDER_RETURN_WINDOW_DAYS,
    autoCancelHours: environment.ORDER_AUTO_CANCEL_DRAFT_HOURS,
    cancelGraceSeconds: environment.ORDER_CANCEL_GRACE_SECONDS,
    partialCancellations: file.order.enable_partial_cancellations,
    returns: file.order.enable_returns,
    defaultCountry: file.order.default_country,
    waitingHours,
  };
  const store = createOrderStore(pool, numbers, workers.effects.claims);
  const actorDeps: OrderActorDeps = {
    store,
    chain,
    clock,
    policy,
    log,
    onCommit: (order, entries) => {
      metrics.committed(order, entries);
      watches.wake(order.id);
      changes.wake();
    },
    onOvertaken: metrics.overtaken,
    onTurn: metrics.turned,
    signer,
    isTransient,
  };

  const prices = createPriceList(pool, redis, log);
  const letters = createDeadLetters(pool);
  const takeEvent = createTakeEvent({ client, emails: createVerifiedEmails(pool), prices, clock });
  const commands = createCommands(client);
  const visibleOrder = createVisibleOrder(reads, clock);
  const change = createChangeOrder({ commands, reads });
  const requests = createBulkRequests(pool);
  const operations = createOperations({
    commands,
    reads,
    visibleOrder,
    guests,
    requests,
    readCreate: createOrderReader(file.order.default_country, {
      guestCheckout: environment.ORDER_ENABLE_GUEST_CHECKOUT,
      multipleWarehouses: environment.ORDER_ENABLE_MULTIPLE_WAREHOUSES,
      promotions: environment.ORDER_ENABLE_PROMOTIONS,
    }),
    change,
    checkPrices: environment.ORDER_VERIFY_PRICES ? createPriceCheck(prices) : () => Promise.resolve([]),
    now: clock,
    log,
  });
  const staff = createStaffOperations({
    ledger: createLedger(pool),
    letters,
    commands,
    requests,
    takeEvent,
    reads,
    wake: workers.effects.wake,
  });
  const audit = createAuditOperations({
    reads,
    visibleOrder,
    journal: createJournal(pool),
    chain,
    hub: watches,
    openWatches: createOpenWatches(file.rate_limits.watches_at_once),
    openWatchAll: createWatchAll({ tail, feed: changes, stopping: watches.stopping }),
    now: clock,
  });
  return {
    ...{ watches, changes },
    ...{ workers, takeEvent, letters, backlog: client.backlog, admission: gate.load, isFull: gate.isFull },
    activate: (orderId) => createOrderActor(orderId, actorDeps),
    ...{ operations, staff, audit },
    desk: createDeskOperations({
      change,
      commands,
      erasures: createErasures(pool),
      requests,
      reads,
      load: store.load,
      canWithdraw: (state) => canWithdraw(state, store),
      policy,
      now: clock,
    }),
    analytics: createAnalyticsOperations({ insights: createInsightsReads(pool), now: clock }),
  };
};
