/** What became of one step behind the journal. */
export type Step =
  /** Everything is read again. */
  | 'begun'
  /** There is more to read. */
  | 'behind'
  /** Everything that was there has been read. */
  | 'current'
  /** Another replica is at it, or one of a later release has been. */
  | 'elsewhere';

/** Keeps tables of its own behind the journal: the rollups, the search index. */
export interface JournalReader {
  /** Reads a little more of the journal: one transaction, all or nothing. */
  advance(): Promise<Step>;
  /** Whether there is nothing to do, since everything up to so many milliseconds ago has been read. */
  isFresh(milliseconds: number): Promise<boolean>;
  /** Seconds since the moment up to which everything has been read; undefined before that was begun. */
  lagSeconds(): Promise<number | undefined>;
}
