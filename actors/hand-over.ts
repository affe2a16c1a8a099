import { setTimeout as sleep } from 'node:timers/promises';

/** An actor host that can say that it goes. */
interface Leaving {
  leave(): void;
}

const lookMs = 100;

/**
 * Has the sidecar give this replica's actors to the others while turns are still served, so that commands for them meet a
 * short move and not a process that is gone. Ends when the sidecar hosts them no more, or is itself gone.
 *
 * @param hosting throws when the sidecar does not host our actors
 * @param patienceMs what it may take: health checks of a second each, as many as their threshold, and the move itself
 */
export const handOver = async (host: Leaving, hosting: () => Promise<void>, patienceMs = 6_000): Promise<void> => {
  const end = performance.now() + patienceMs;
  host.leave();
  const stillHosted = (): Promise<boolean> =>
    hosting().then(
      () => true,
      () => false,
    );
  while ((await stillHosted()) && performance.now() < end) await sleep(lookMs);
};
