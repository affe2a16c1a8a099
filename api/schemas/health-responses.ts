import { z } from 'zod';
import type { DependencyHealth } from '../../observability/readiness.js';

/** The process answers. */
export const health = z.strictObject({
  status: z.literal('ok').describe('Always `ok`, when it answers at all.'),
  service: z.literal('order-service').describe('Who answers.'),
});

/** How one thing that the service depends on is. */
export const dependencyHealth = z.strictObject({
  name: z.string().describe('Which one.'),
  required: z.boolean().describe('Whether the service is unavailable without it.'),
  state: z.enum(['up', 'down']).describe('Whether it answered well, within two seconds.'),
  latency_ms: z.number().min(0).describe('How long the look took, in milliseconds.'),
  detail: z.string().optional().describe('What exactly, in a sentence.'),
}) satisfies z.ZodType<DependencyHealth>;

/** How all of them are. */
export const dependencyReport = z.strictObject({
  status: z.enum(['ok', 'unavailable']).describe('`unavailable` when a required one is down.'),
  dependencies: z.array(dependencyHealth).describe('What the service depends on.'),
});

/** Liveness and readiness. */
export const probe = z.strictObject({
  status: z
    .enum(['ok', 'unavailable', 'stopping'])
    .describe('`stopping` from the moment the process is asked to stop.'),
});
