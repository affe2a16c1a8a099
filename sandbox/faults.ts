import { z } from 'zod';

/** The services that the sandbox plays. */
export const SERVICES = [
  'checkout',
  'customer',
  'catalog',
  'pricing',
  'warehouse',
  'payment',
  'fulfillment',
  'return',
  'notification',
] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Body of `PUT /faults/{service}`. `delay_ms` (milliseconds) counts for `slow` only. */
export const faultSchema = z.strictObject({
  mode: z.enum(['ok', 'refuse', 'reject', 'fail', 'hang', 'slow']),
  probability: z.number().min(0).max(1).default(1),
  delay_ms: z.number().int().min(0).max(600_000).default(2000),
});
/**
 * How a service misbehaves: `refuse` (503) and `reject` (422) have no effect at all; `fail` (500), `hang` (no answer) and
 * `slow` (a late one) do the work first.
 */
export type Fault = z.infer<typeof faultSchema>;

/** The fault modes of all services; kept in memory only, so that a restart heals them. */
export interface Faults {
  set(service: ServiceName, fault: Fault): void;
  /** Heals every service. */
  clear(): void;
  all(): Record<ServiceName, Fault>;
  /** The fault that strikes this one request: `ok` when the probability spares it. */
  draw(service: ServiceName): Fault;
}

const HEALTHY: Fault = { mode: 'ok', probability: 1, delay_ms: 2000 };

/** Fault modes, all `ok` at first. `random` answers numbers in [0, 1). */
export function createFaults(random: () => number = Math.random): Faults {
  const faults = new Map<ServiceName, Fault>();
  return {
    set: (service, fault) => void faults.set(service, fault),
    clear: () => {
      faults.clear();
    },
    all: () =>
      Object.fromEntries(SERVICES.map((service) => [service, faults.get(service) ?? HEALTHY])) as Record<
        ServiceName,
        Fault
      >,
    draw(service) {
      const fault = faults.get(service) ?? HEALTHY;
      return random() < fault.probability ? fault : HEALTHY;
    },
  };
}

/** Whether a name from outside is one of the services. */
export function isServiceName(name: string): name is ServiceName {
  return (SERVICES as readonly string[]).includes(name);
}
