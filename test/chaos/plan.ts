import { createRandom, type Random } from './random.js';

/** What can be done to the processes of a stack. */
export const faultKinds = [
  'app_killed',
  'sidecar_killed',
  'replica_killed',
  'app_frozen',
  'replica_removed',
  'redis_killed',
  'placement_killed',
  'postgres_killed',
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** One thing that is done to the processes, after the one before it is over. All times in milliseconds. */
export interface Step {
  readonly kind: FaultKind;
  /** Pause since everything was well. */
  readonly afterMs: number;
  /** How long what was hit stays away, or frozen. */
  readonly forMs: number;
  /** 1, 2, …; undefined where no replica is hit. */
  readonly replica: number | undefined;
}

/** Another service that misbehaves for a while, whatever is done to processes meanwhile. */
export interface Misbehaviour {
  readonly service: string;
  /** Only payments are rejected for good: that staff then has to look at. */
  readonly mode: 'refuse' | 'reject' | 'fail' | 'hang' | 'slow';
  readonly probability: number;
  readonly afterMs: number;
  readonly forMs: number;
}

/** Shortest and longest time away. A frozen process is one for longer than it takes to notice it and to move its actors. */
const away: Readonly<Record<FaultKind, readonly [number, number]>> = {
  app_killed: [200, 6_000],
  sidecar_killed: [200, 6_000],
  replica_killed: [200, 6_000],
  app_frozen: [12_000, 18_000],
  replica_removed: [2_000, 8_000],
  redis_killed: [200, 6_000],
  placement_killed: [200, 6_000],
  postgres_killed: [0, 3_000],
};

const hitsReplica = (kind: FaultKind): boolean => /^(app|sidecar|replica)_/.test(kind);

/** The steps of a seed, without end: each kind once in every round, in an order of its own. */
export function* planSteps(
  seed: number,
  replicas: number,
  kinds: readonly FaultKind[] = faultKinds,
): Generator<Step, never> {
  const random = createRandom(seed).fork('steps');
  for (;;) {
    for (const kind of random.shuffled(kinds)) {
      const [shortest, longest] = away[kind];
      yield {
        kind,
        afterMs: random.between(1_000, 5_000),
        forMs: random.between(shortest, longest),
        replica: hitsReplica(kind) ? random.between(1, replicas) : undefined,
      };
    }
  }
}

const services = ['warehouse', 'payment', 'fulfillment', 'notification'];
const modes = ['refuse', 'fail', 'hang', 'slow'] as const;

const misbehaviour = (random: Random, service: string): Misbehaviour => ({
  service,
  mode: random.pick(service === 'payment' ? ([...modes, 'reject', 'reject'] as const) : modes),
  probability: random.pick([0.3, 0.7, 1]),
  afterMs: random.between(500, 4_000),
  forMs: random.between(2_000, 8_000),
});

/** The misbehaviours of a seed, without end: each service once in every round. */
export function* planMisbehaviours(seed: number): Generator<Misbehaviour, never> {
  const random = createRandom(seed).fork('misbehaviours');
  for (;;) for (const service of random.shuffled(services)) yield misbehaviour(random, service);
}
