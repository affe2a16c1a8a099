import type { Pool } from 'pg';
import type { AdmissionLoad } from '../actors/admission.js';
import type { Backlog } from '../actors/order-client.js';
import type { DependencyHealth } from '../observability/readiness.js';
import { targets } from '../actors/rules/effects.js';
import { type Figure, type LookedUp, recentOrderFigures } from '../observability/gauges.js';
import { createDeadLetters } from '../persistence/dead-letters.js';
import { createEffectQueue, type UnsettledEffects } from '../persistence/effects.js';
import { createInsightsStore } from '../analytics/store/store.js';
import { createSearchIndex } from '../persistence/search.js';
import { createFigures, countWaitingEvents } from '../persistence/figures.js';

/** What the figures of the metrics page are looked up in. */
export interface FigureSources {
  readonly pool: Pool;
  readonly backlog: () => Backlog;
  readonly admission: () => AdmissionLoad;
  readonly activeActors: () => number;
  readonly dependencies: () => Promise<readonly DependencyHealth[]>;
}

const everywhere = 'The same on every replica: use max.';

const single = (name: string, help: string): Figure<number> => ({
  ...{ name, help, labels: [] },
  set: (gauge, found) => {
    gauge.set(found);
  },
});

/** The pool at one moment: looked at before the figures of the database, which take connections themselves. */
const poolNow = ({ totalCount, idleCount, waitingCount, options }: Pool) => ({
  ...{ inUse: totalCount - idleCount, idle: idleCount, waiting: waitingCount, most: options.max },
});

const poolFigures: readonly Figure<ReturnType<typeof poolNow>>[] = [
  {
    name: 'order_postgres_connections',
    help: 'Connections of this process to Postgres, by state.',
    labels: ['state'],
    set: (gauge, { inUse, idle }) => {
      gauge.set({ state: 'in_use' }, inUse);
      gauge.set({ state: 'idle' }, idle);
    },
  },
  {
    name: 'order_postgres_connections_max',
    help: 'Most connections that this process may have.',
    labels: [],
    set: (gauge, { most }) => {
      gauge.set(most);
    },
  },
  {
    name: 'order_postgres_waiting',
    help: 'Statements of this process that wait for a connection.',
    labels: [],
    set: (gauge, { waiting }) => {
      gauge.set(waiting);
    },
  },
];

const backlogFigures: readonly Figure<Backlog>[] = [
  {
    name: 'order_commands_under_way',
    help: 'Commands that this process has sent to order actors and that are not answered yet.',
    labels: [],
    set: (gauge, { underWay }) => {
      gauge.set(underWay);
    },
  },
  {
    name: 'order_commands_waiting',
    help: 'Those of the commands under way that came while another for the same order was: the turn queue.',
    labels: [],
    set: (gauge, { waiting }) => {
      gauge.set(waiting);
    },
  },
];

const admissionFigures: readonly Figure<AdmissionLoad>[] = [
  {
    name: 'order_admission_orders',
    help: 'Orders that the gateways of this process work on (running) and that wait to be worked on (waiting: more than can be done).',
    labels: ['state'],
    set: (gauge, { running, waiting }) => {
      gauge.set({ state: 'running' }, running);
      gauge.set({ state: 'waiting' }, waiting);
    },
  },
];

const effectFigures: readonly Figure<readonly UnsettledEffects[]>[] = [
  {
    name: 'order_effects_unsettled',
    help: `Effects that are not done, by target and state; 50,000 stand for all beyond. ${everywhere}`,
    labels: ['target', 'state'],
    set: (gauge, found) => {
      for (const target of targets)
        for (const state of ['pending', 'rejected', 'dead']) gauge.set({ target, state }, 0);
      for (const { target, state, count } of found) gauge.set({ target, state }, count);
    },
  },
  {
    name: 'order_effect_oldest_pending_seconds',
    help: `How long the oldest effect that is still tried has waited, by target; 0 where none is. ${everywhere}`,
    labels: ['target'],
    set: (gauge, found) => {
      for (const target of targets) gauge.set({ target }, 0);
      for (const { target, state, oldestSeconds } of found)
        if (state === 'pending') gauge.set({ target }, oldestSeconds);
    },
  },
];

const dependencyFigure: Figure<readonly DependencyHealth[]> = {
  name: 'order_dependency_up',
  help: '1 where this replica can use it: postgres, redis, dapr (its sidecar), actor_hosting (its sidecar hosts order actors here).',
  labels: ['dependency'],
  set: (gauge, found) => {
    for (const { name, state } of found) gauge.set({ dependency: name }, state === 'up' ? 1 : 0);
  },
};

/** Names everything that is looked up when the metrics page is read. */
export const lookUpFigures = (
  lookedUp: LookedUp,
  { pool, backlog, admission, activeActors, dependencies }: FigureSources,
): void => {
  const figures = createFigures(pool);
  const queue = createEffectQueue(pool);
  const letters = createDeadLetters(pool);
  const insights = createInsightsStore(pool);
  const search = createSearchIndex(pool);
  lookedUp.inMemory(() => poolNow(pool), poolFigures);
  lookedUp.inMemory(backlog, backlogFigures);
  lookedUp.inMemory(admission, admissionFigures);
  lookedUp.inMemory(activeActors, [single('order_actors_active', 'Order actors in the memory of this process.')]);
  lookedUp.from({ name: 'dependencies', look: dependencies, figures: [dependencyFigure] });
  lookedUp.from({ name: 'orders', look: () => figures.recentOrders(), figures: recentOrderFigures });
  lookedUp.from({ name: 'effects', look: () => queue.unsettled(), figures: effectFigures });
  lookedUp.from({
    name: 'deadlines',
    look: () => figures.overdueSeconds(),
    figures: [
      single(
        'order_deadline_overdue_seconds',
        `How long the earliest deadline of an order is overdue; 0 where none is. ${everywhere}`,
      ),
    ],
  });
  lookedUp.from({
    name: 'shipped_unpaid',
    look: () => figures.shippedUnpaid(),
    figures: [
      single(
        'order_shipped_unpaid',
        `Orders that were shipped although they are not paid for, cash on delivery aside. ${everywhere}`,
      ),
    ],
  });
  lookedUp.from({
    name: 'dead_letters',
    look: () => letters.open(),
    figures: [single('order_dead_letters_open', `Events that staff must look at. ${everywhere}`)],
  });
  lookedUp.from({
    name: 'insights',
    look: async () => (await insights.lagSeconds()) ?? Number.NaN,
    figures: [single('order_insights_lag_seconds', `Age of what order analytics know. ${everywhere}`)],
  });
  lookedUp.from({
    name: 'search',
    look: async () => (await search.lagSeconds()) ?? Number.NaN,
    figures: [single('order_search_lag_seconds', `Age of what a search by words finds. ${everywhere}`)],
  });
  lookedUp.from({
    name: 'waiting_events',
    look: () => countWaitingEvents(pool),
    figures: [single('order_waiting_events', `Events that came before their time and wait. ${everywhere}`)],
  });
};
