import { z } from 'zod';
import type { DependencyHealth } from '../../observability/readiness.js';

/** The process answers. */
export const health = z.strictObject({ status: z.literal('ok'), service: z.literal('order-service') });

/** How one thing that the service depends on is. */
export const dependencyHealth = z.strictObject({
  name: z.string(),
  required: z.boolean(),
  state: z.enum(['up', 'down']),
  latency_ms: z.number().min(0),
  detail: z.string().optional(),
}) satisfies z.ZodType<DependencyHealth>;

/** How all of them are. */
export const dependencyReport = z.strictObject({
  status: z.enum(['ok', 'unavailable']),
  dependencies: z.array(dependencyHealth),
});

/** Liveness and readiness. */
export const probe = z.strictObject({ status: z.enum(['ok', 'unavailable', 'stopping']) });
