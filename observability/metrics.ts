import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Logger } from 'pino';
import { type CallMetrics, createCallMetrics } from './call-metrics.js';
import { createEffectMetrics, type EffectMetrics } from './effect-metrics.js';
import { createLookedUp, type LookedUp } from './looked-up.js';
import { createOrderMetrics, type OrderMetrics } from './order-metrics.js';
import { createTurnMetrics, type TurnMetrics } from './turn-metrics.js';

/** Every series of this service (docs/observability.md lists them). */
export interface Metrics extends Omit<OrderMetrics, 'creationTook'>, CallMetrics, TurnMetrics, EffectMetrics {
  readonly registry: Registry;
  readonly lookedUp: LookedUp;
}

/**
 * Replicas are distinguished by the scrape's own labels, so that counters and histograms add up.
 *
 * @param version of this service
 */
export const createMetrics = (version: string, log: Logger): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const build = new Gauge({
    name: 'order_build_info',
    help: 'Always 1; says which version runs.',
    labelNames: ['version'],
    registers: [registry],
  });
  build.set({ version }, 1);
  const { committed, creationTook } = createOrderMetrics(registry);
  const calls = createCallMetrics(registry);
  return {
    registry,
    committed,
    ...calls,
    called: (end) => {
      calls.called(end);
      if (end.call === 'create_order' && end.code === 'ok' && !end.replayed) creationTook(end.seconds);
    },
    ...createTurnMetrics(registry),
    ...createEffectMetrics(registry),
    lookedUp: createLookedUp(registry, log),
  };
};
