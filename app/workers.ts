import type { DaprClient } from '@dapr/dapr';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Dispatcher } from 'undici';
import type { OrderClient } from '../actors/order-client.js';
import { targets } from '../actors/rules/effects.js';
import { type Config, serviceAddress } from '../config.js';
import { createEffectWorker, type EffectWorker } from '../effects/effect-worker.js';
import { createPerform } from '../effects/perform.js';
import { createPublisher } from '../effects/publisher.js';
import { createRefunder } from '../effects/refunds.js';
import { createServices } from '../effects/services.js';
import { createKeeper } from '../persistence/journal-keeper.js';
import { createJournalSealer } from '../effects/journal-sealer.js';
import { createSweeper } from '../effects/sweeper.js';
import type { Metrics } from '../observability/metrics.js';
import { createDeadlines } from '../persistence/deadlines.js';
import { createEffectQueue } from '../persistence/effects.js';
import { createInsightsStore } from '../analytics/store/store.js';
import type { JournalSeal } from '../persistence/journal-seal.js';
import type { OrderNumbers } from '../persistence/order-numbers.js';
import { createRetention } from '../persistence/retention.js';
import { createSearchIndex } from '../persistence/search.js';
import { createVerifiedEmails } from '../persistence/verified-emails.js';

/** What the workers of a process depend on. */
export interface WorkersDeps {
  readonly config: Config;
  readonly pool: Pool;
  readonly http: Dispatcher;
  readonly dapr: DaprClient;
  /** Origin of the sidecar's HTTP API. */
  readonly sidecar: string;
  readonly orders: OrderClient;
  readonly numbers: OrderNumbers;
  readonly seal: JournalSeal;
  readonly metrics: Metrics;
  readonly clock: () => Date;
  readonly waitingHours: number;
  readonly log: Logger;
}

/** All that this process does by itself: effects, deadlines, order insights, the search index. */
export interface Workers {
  readonly effects: EffectWorker;
  start(): void;
  stop(): Promise<void>;
}

/** How long the search index is behind the journal in quiet times; five seconds are allowed. */
const searchIntervalMs = 1_000;

/** Puts the workers together; they start apart, after the gateways. */
export const createWorkers = (deps: WorkersDeps): Workers => {
  const { config, pool, http, dapr, sidecar, orders, numbers, seal, metrics, clock, waitingHours, log } = deps;
  const { concurrency, poll_ms: pollMs, lease_ms: leaseMs, call_timeout_ms: timeoutMs } = config.file.effects;
  const queue = createEffectQueue(pool);
  const access = { http, sidecar, daprApiToken: config.environment.DAPR_API_TOKEN };
  const call = createServices({
    ...access,
    addressOf: (service) => serviceAddress(config, service),
    timeoutMs,
  });
  const effects = createEffectWorker({
    queue,
    perform: createPerform({
      publish: createPublisher({ dapr, ...access, pubsub: 'pubsub', timeoutMs }),
      refund: createRefunder({ call, orders, clock, log }),
      call,
      clock,
    }),
    targets,
    concurrency,
    pollMs,
    leaseMs,
    observer: {
      onSettled: ({ target, queuedAt }, state, seconds) => {
        metrics.effectTried(target, state, seconds, (clock().getTime() - Date.parse(queuedAt)) / 1_000);
      },
      onLost: metrics.effectsLost,
      onBreaker: metrics.breaker,
    },
    log,
  });
  const sweeper = createSweeper({
    deadlines: createDeadlines(pool),
    retention: createRetention(pool),
    emails: createVerifiedEmails(pool),
    numbers,
    orders,
    clock,
    waitingHours,
    log,
  });
  const keepers = [
    createKeeper({
      what: 'order insights',
      store: createInsightsStore(pool),
      intervalMs: config.file.insights.interval_ms,
      log,
    }),
    createKeeper({ what: 'the search index', store: createSearchIndex(pool), intervalMs: searchIntervalMs, log }),
  ];
  const sealer = createJournalSealer({ seal, log });
  return {
    effects,
    start: () => {
      effects.start();
      sweeper.start();
      for (const keeper of keepers) keeper.start();
      sealer.start();
    },
    stop: async () => {
      await Promise.all([effects.stop(), sweeper.stop(), sealer.stop(), ...keepers.map((keeper) => keeper.stop())]);
    },
  };
};
