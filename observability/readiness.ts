/** How something that the service depends on is. */
export interface DependencyHealth {
  readonly name: string;
  readonly required: boolean;
  readonly state: 'up' | 'down';
  readonly latency_ms: number;
  readonly detail?: string | undefined;
}

/** Whether requests should come here. */
export type ReadinessState = 'ok' | 'unavailable' | 'stopping';

/** What the readiness probe asks, and what a stop tells it first. */
export interface Readiness {
  state(): Promise<ReadinessState>;
  /** From now on `stopping`, whatever the dependencies say. */
  stop(): void;
}

const keptMs = 1_000;

/**
 * Looks at what every request needs, at most once a second however often it is asked.
 *
 * @param look asks the dependencies; one that is down makes this replica unavailable
 * @param now milliseconds of a clock that never goes back
 */
export const createReadiness = (
  look: () => Promise<readonly DependencyHealth[]>,
  now: () => number = () => performance.now(),
): Readiness => {
  let stopping = false;
  let last: { readonly at: number; readonly found: Promise<boolean> } | undefined;

  const allUp = async (): Promise<boolean> => (await look()).every(({ state }) => state === 'up');

  return {
    state: async () => {
      if (!stopping && (last === undefined || now() - last.at >= keptMs)) last = { at: now(), found: allUp() };
      const up = stopping || (await last?.found);
      // The stop may have come while the dependencies were asked.
      if (stopping) return 'stopping';
      return up === true ? 'ok' : 'unavailable';
    },
    stop: () => {
      stopping = true;
    },
  };
};
