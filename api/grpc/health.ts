import type { Server } from '@grpc/grpc-js';
import { HealthImplementation, type ServingStatus } from 'grpc-health-check';
import { OrderServiceService } from '../../proto/gen/order/v1/order.js';
import { OrderStaffServiceService } from '../../proto/gen/order/v1/staff.js';

/** `grpc.health.v1.Health` of this server. */
export interface Health {
  /** Looks now and every so often from now on. */
  start(): void;
  /** NOT_SERVING from now on. */
  stop(): void;
}

/** The whole server, and each service of its own. */
const names = [
  '',
  ...[OrderServiceService.getOrder, OrderStaffServiceService.listEffects].map(({ path }) => path.split('/')[1] ?? ''),
];

/**
 * Serving while orders can be changed here, that is, while the sidecar hosts our actors; for the server (`""`) and for
 * its services alike.
 *
 * @param ready throws while that is not so
 */
export const mountHealth = (server: Server, ready: () => Promise<void>, everyMs = 1_000): Health => {
  const health = new HealthImplementation();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let current: ServingStatus | undefined;

  const say = (next: ServingStatus): void => {
    if (next === current) return;
    current = next;
    for (const name of names) health.setStatus(name, next);
  };

  const look = async (): Promise<void> => {
    const next = await ready().then(
      () => 'SERVING' as const,
      () => 'NOT_SERVING' as const,
    );
    if (stopped) return;
    say(next);
    timer = setTimeout(() => void look(), everyMs);
  };

  say('NOT_SERVING');
  health.addToServer(server);
  return {
    start: () => void look(),
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      say('NOT_SERVING');
    },
  };
};
