import { Pool } from 'pg';
import { pino } from 'pino';
import { lookUpFigures } from '../../app/gauges.js';
import { createMetrics } from '../../observability/metrics.js';

/** A metric as the service registers it. */
export interface Registered {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly labelNames: readonly string[];
}

/** Every metric of the service, Node's own included, without a service. */
export const registered = (): readonly Registered[] => {
  const metrics = createMetrics('0.0.0', pino({ level: 'silent' }));
  lookUpFigures(metrics.lookedUp, {
    // It connects to nothing before it is asked.
    pool: new Pool(),
    backlog: () => ({ underWay: 0, waiting: 0 }),
    admission: () => ({ running: 0, waiting: 0 }),
    activeActors: () => 0,
    dependencies: () => Promise.resolve([]),
  });
  return metrics.registry.getMetricsAsArray() as unknown as readonly Registered[];
};

/** The names under which a metric is scraped, with its labels. */
export const seriesOf = ({ name, type, labelNames }: Registered): readonly (readonly [string, readonly string[]])[] => {
  if (type === 'histogram')
    return [
      [`${name}_bucket`, [...labelNames, 'le']],
      [`${name}_sum`, labelNames],
      [`${name}_count`, labelNames],
    ];
  if (type === 'summary')
    return [
      [name, [...labelNames, 'quantile']],
      [`${name}_sum`, labelNames],
      [`${name}_count`, labelNames],
    ];
  return [[name, labelNames]];
};
