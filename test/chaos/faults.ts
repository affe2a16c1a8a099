import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '../../scripts/managed-process.js';
import type { Replica } from '../../scripts/stack-types.js';
import type { Shop } from '../support/shop.js';
import type { Occurrence } from './excuses.js';
import type { FaultKind, Misbehaviour, Step } from './plan.js';

/** Longer than a replica may take to stop by itself; past it, it would be forced. */
const stopMs = 45_000;

type Strike = (forMs: number) => Promise<void>;

const killed =
  (server: Server): Strike =>
  async (forMs) => {
    await server.handle.kill('SIGKILL');
    await sleep(forMs);
    await server.handle.restart();
    await server.ready();
  };

const onReplica = ({ app, sidecar, ready }: Replica, kind: FaultKind): Strike => {
  const killedAndBack =
    (...parts: readonly (typeof app)[]): Strike =>
    async (forMs) => {
      await Promise.all(parts.map((part) => part.kill('SIGKILL')));
      await sleep(forMs);
      await Promise.all(parts.map((part) => part.restart()));
      await ready();
    };
  switch (kind) {
    case 'app_killed':
      return killedAndBack(app);
    case 'sidecar_killed':
      return killedAndBack(sidecar);
    case 'replica_killed':
      return killedAndBack(app, sidecar);
    case 'app_frozen':
      return async (forMs) => {
        await app.kill('SIGSTOP');
        await sleep(forMs);
        await app.kill('SIGCONT');
        await ready();
      };
    case 'replica_removed':
      return async (forMs) => {
        await app.stop(stopMs);
        await sidecar.stop(stopMs);
        await sleep(forMs);
        await Promise.all([app.restart(), sidecar.restart()]);
        await ready();
      };
    default:
      throw new Error(`${kind} hits no replica`);
  }
};

const strikeOf = ({ stack }: Shop, { kind, replica }: Step): Strike => {
  switch (kind) {
    case 'redis_killed':
      return killed(stack.redisServer!);
    case 'placement_killed':
      return killed(stack.placement!);
    case 'postgres_killed':
      return killed(stack.postgres!);
    default:
      return onReplica(stack.replicas[replica! - 1]!, kind);
  }
};

/** Does it, and waits until everything is well again. */
export const strike = async (shop: Shop, step: Step): Promise<Occurrence> => {
  const from = performance.now();
  await strikeOf(shop, step)(step.forMs);
  await shop.stack.ready();
  return { kind: step.kind, replica: step.replica, from, until: performance.now() };
};

/** Has a service of the sandbox misbehave for a while. @param stopped ends it early */
export const misbehave = async (shop: Shop, wrong: Misbehaviour, stopped: AbortSignal): Promise<void> => {
  const pause = (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: stopped }).catch((error: unknown) => {
      if (!stopped.aborted) throw error;
    });
  await pause(wrong.afterMs);
  if (stopped.aborted) return;
  await shop.fault(wrong.service, wrong.mode, { delay_ms: 1_500, probability: wrong.probability });
  await pause(wrong.forMs);
  await shop.fault(wrong.service, 'ok');
};
