/** What became of one step of counting. */
export type Step =
  /** A count of everything was begun. */
  | 'begun'
  /** There is more to count. */
  | 'behind'
  /** All that was there is counted. */
  | 'current'
  /** Another replica counts, or one that knows a later definition. */
  | 'elsewhere';

/** Keeps the rollups; the tables are its own. */
export interface InsightsStore {
  /** Counts a little more of the journal: one transaction, all or nothing. */
  advance(): Promise<Step>;
  /** Whether there is nothing to do, since all is counted up to so many milliseconds ago. */
  isFresh(milliseconds: number): Promise<boolean>;
  /** Seconds since the moment up to which all is counted; undefined before the first count is begun. */
  lagSeconds(): Promise<number | undefined>;
}
