/** How much work a process takes on. All times in milliseconds. */
export interface AdmissionOptions {
  /** Pieces of work under way at once. */
  readonly atOnce: number;
  /** How long a piece may wait for its turn while there is only a burst. */
  readonly burstWaitMs: number;
  /** Something waited all this time: that is no burst but overload. */
  readonly overloadedAfterMs: number;
  /** How long a piece may wait then: what is accepted is served quickly, the rest is refused at once. */
  readonly overloadedWaitMs: number;
  /** How many may wait then; with fewer, a free place would stay empty. */
  readonly overloadedWaiting: number;
  /** Called for each piece that is not taken on. */
  readonly onTurnedAway?: () => void;
}

/** What is being done, and what waits for its turn. */
export interface AdmissionLoad {
  readonly running: number;
  readonly waiting: number;
}

/** Decides who is let in when there is more to do than can be done (controlled delay). */
export interface Admission {
  /** Resolves to whether this piece is taken on; then {@link Admission.leave} must follow. */
  enter(): Promise<boolean>;
  leave(): void;
  /** Whether a new command is refused at once: to be asked before any work is done for it. */
  isFull(): boolean;
  load(): AdmissionLoad;
}

/** @param now a clock that only rises, milliseconds */
export const createAdmission = (
  { atOnce, burstWaitMs, overloadedAfterMs, overloadedWaitMs, overloadedWaiting, onTurnedAway }: AdmissionOptions,
  now: () => number = () => performance.now(),
): Admission => {
  // In the order they came; a map, so that one who gives up is found at once.
  const waiting = new Map<symbol, () => void>();
  let running = 0;
  let waitingSince: number | undefined;

  const isOverloaded = (): boolean => waitingSince !== undefined && now() - waitingSince > overloadedAfterMs;

  const isFull = (): boolean => isOverloaded() && waiting.size >= overloadedWaiting;

  const remove = (place: symbol): void => {
    waiting.delete(place);
    if (waiting.size === 0) waitingSince = undefined;
  };

  return {
    enter: () => {
      if (running < atOnce) {
        running += 1;
        return Promise.resolve(true);
      }
      if (isFull()) {
        onTurnedAway?.();
        return Promise.resolve(false);
      }
      const place = Symbol('place');
      waitingSince ??= now();
      const patience = isOverloaded() ? overloadedWaitMs : burstWaitMs;
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          remove(place);
          onTurnedAway?.();
          resolve(false);
        }, patience);
        waiting.set(place, () => {
          clearTimeout(timer);
          resolve(true);
        });
      });
    },
    leave: () => {
      const [next] = waiting;
      if (next === undefined) {
        running -= 1;
        return;
      }
      const [place, admit] = next;
      remove(place);
      admit();
    },
    isFull,
    load: () => ({ running, waiting: waiting.size }),
  };
};
