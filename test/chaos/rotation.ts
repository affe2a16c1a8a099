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

/** `leaving`: going or gone. One that merely has `trouble` stays where it is: clients are to see what it answers. */
type Seen = 'ready' | 'leaving' | 'trouble';

const look = async ({ rest }: ReplicaAddress): Promise<Seen> => {
  try {
    const response = await fetch(`${rest}/readyz`, { signal: AbortSignal.timeout(patienceMs) });
    const { status } = (await response.json()) as { status?: string };
    if (status === 'stopping') return 'leaving';
    return response.ok ? 'ready' : 'trouble';
  } catch (error) {
    const cause = types.isNativeError(error) ? (error.cause as { code?: string } | undefined) : undefined;
    return cause?.code === 'ECONNREFUSED' ? 'leaving' : 'trouble';
  }
};

/** Asks each replica's readiness all the while. */
export const watchReadiness = (replicas: readonly ReplicaAddress[]): Rotation => {
  const away = new Set<number>();
  let stopped = false;
  const watch = async (replica: ReplicaAddress): Promise<void> => {
    while (!stopped) {
      const seen = await look(replica);
      if (seen === 'leaving') away.add(replica.number);
      // One that begins again is no more than that until its own readiness says so.
      if (seen === 'ready') away.delete(replica.number);
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
