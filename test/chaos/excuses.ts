import type { Attempt, Result } from './attempts.js';
import type { FaultKind } from './plan.js';

/** A fault as it was done. Times in milliseconds of the clients' clock. */
export interface Occurrence {
  readonly kind: FaultKind;
  readonly replica: number | undefined;
  readonly from: number;
  /** When everything was well again. */
  readonly until: number;
}

interface Excuse {
  /** For requests to the replica that was hit. */
  readonly hit: readonly Result[];
  /** For requests to all others. */
  readonly others: readonly Result[];
}

const nothing: Excuse = { hit: [], others: [] };

/**
 * What a client may be told while something is broken, besides good answers. A removed replica says so in time, Redis is not
 * needed, and whoever talks to a replica that lives notices no death of another.
 */
const excuses: Readonly<Record<FaultKind, Excuse>> = {
  app_killed: { hit: ['broken', 'silent', 'retriable'], others: [] },
  replica_killed: { hit: ['broken', 'silent', 'retriable'], others: [] },
  sidecar_killed: { hit: ['retriable'], others: [] },
  // A command that is with the frozen process may be told to try again (docs/reliability.md).
  app_frozen: { hit: ['broken', 'silent', 'retriable'], others: ['retriable'] },
  postgres_killed: { hit: [], others: ['retriable'] },
  replica_removed: nothing,
  redis_killed: nothing,
  placement_killed: nothing,
};

/** The checkout reaches any replica, through sidecars that are hit as well; what it answers then is its own. */
const atCheckout: ReadonlySet<FaultKind> = new Set([
  ...(['app_killed', 'replica_killed', 'sidecar_killed', 'app_frozen', 'postgres_killed', 'replica_removed'] as const),
]);

/** After a fault, for as long its traces may last: connections that look alive, an answer on its way. */
const afterwardsMs = 2_000;

const during = ({ start, end }: Attempt, { from, until }: Occurrence): boolean =>
  end >= from && start <= until + afterwardsMs;

const excusedBy = (attempt: Attempt, { kind, replica }: Occurrence): boolean => {
  if (attempt.surface === 'checkout') return attempt.result === 'retriable' && atCheckout.has(kind);
  const { hit, others } = excuses[kind];
  return (replica !== undefined && attempt.replica === replica ? hit : others).includes(attempt.result);
};

/** The faults that were going on during a request. */
export const around = (attempt: Attempt, faults: readonly Occurrence[]): readonly Occurrence[] =>
  faults.filter((fault) => during(attempt, fault));

/** Whether a request went as it may: well, or badly while something was broken that excuses just this. */
export const isExcused = (attempt: Attempt, faults: readonly Occurrence[]): boolean =>
  attempt.result === 'done' ||
  attempt.result === 'refused' ||
  around(attempt, faults).some((fault) => excusedBy(attempt, fault));
