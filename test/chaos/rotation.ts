import { setTimeout as sleep } from 'node:timers/promises';
import { types } from 'node:util';
import type { ReplicaAddress } from '../../scripts/stack-types.js';

/** Which replicas requests go to, as a load balancer would know it. */
export interface Rotation {
  /** Numbers of the replicas that neither are going nor have gone; all of them where there is none. */
  present(): readonly number[];
  stop(): Promise<void>;
}

const everyMs = 100;
/** Shorter than a replica serves on once it has said that it goes. */
const patienceMs = 500;

/** Going or gone. One that merely has trouble stays: its clients are to see what it answers. */
const isLeaving = async ({ rest }: ReplicaAddress): Promise<boolean> => {
  try {
    const response = await fetch(`${rest}/readyz`, { signal: AbortSignal.timeout(patienceMs) });
    return ((await response.json()) as { status?: string }).status === 'stopping';
  } catch (error) {
    const cause = types.isNativeError(error) ? (error.cause as { code?: string } | undefined) : undefined;
    return cause?.code === 'ECONNREFUSED';
  }
};

/** Asks each replica's readiness all the while. */
export const watchReadiness = (replicas: readonly ReplicaAddress[]): Rotation => {
  const away = new Set<number>();
  let stopped = false;
  const watch = async (replica: ReplicaAddress): Promise<void> => {
    while (!stopped) {
      if (await isLeaving(replica)) away.add(replica.number);
      else away.delete(replica.number);
      await sleep(everyMs);
    }
  };
  const watching = replicas.map(watch);
  return {
    present: () => {
      const numbers = replicas.map(({ number }) => number);
      const left = numbers.filter((number) => !away.has(number));
      return left.length > 0 ? left : numbers;
    },
    stop: async () => {
      stopped = true;
      await Promise.all(watching);
    },
  };
};
