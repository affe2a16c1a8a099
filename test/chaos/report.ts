import type { Attempt } from './attempts.js';
import type { Check } from './checks.js';
import { around, isExcused, type Occurrence } from './excuses.js';
import type { Load } from './load.js';
import { type FaultKind, faultKinds } from './plan.js';

/** Requests while one kind of fault was going on; milliseconds. */
interface DuringFault {
  readonly times: number;
  /** From the blow until everything was well. */
  readonly longest_ms: number;
  readonly requests: number;
  /** The longest good answer at the replica that was hit, and at the others. */
  readonly longest_answer_hit_ms: number;
  readonly longest_answer_elsewhere_ms: number;
  /** Results that were not good answers, by where and what; e.g. `hit: broken`. */
  readonly trouble: Readonly<Record<string, number>>;
}

/** What a run came to. */
export interface Report {
  readonly seed: number;
  readonly seconds: number;
  readonly replicas: number;
  readonly orders: number;
  readonly commands: Readonly<Record<'acknowledged' | 'refused' | 'unknown', number>>;
  readonly looks: number;
  readonly requests: number;
  readonly misbehaviours: number;
  readonly faults: Readonly<Partial<Record<FaultKind, DuringFault>>>;
  /** While nothing was broken. */
  readonly otherwise: { readonly requests: number; readonly longest_answer_ms: number };
  /** Answers that nobody wanted, by what they were, and how many of them nothing excuses. */
  readonly errors: Readonly<Record<string, { readonly count: number; readonly unexcused: number }>>;
  readonly checks: readonly Check[];
  readonly ok: boolean;
}

const isGood = ({ result }: Attempt): boolean => result === 'done' || result === 'refused';

const longest = (attempts: readonly Attempt[]): number =>
  Math.round(attempts.filter(isGood).reduce((most, { start, end }) => Math.max(most, end - start), 0));

const tally = (names: readonly string[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

/** The fault that a request is told with: the one that excuses it, or the first it met. */
const blamed = (attempt: Attempt, faults: readonly Occurrence[]): Occurrence | undefined => {
  const met = around(attempt, faults);
  return met.find((fault) => !isGood(attempt) && isExcused(attempt, [fault])) ?? met[0];
};

const duringFault = (kind: FaultKind, attempts: readonly Attempt[], faults: readonly Occurrence[]): DuringFault => {
  const own = faults.filter((fault) => fault.kind === kind);
  const touched = attempts.filter((attempt) => blamed(attempt, faults)?.kind === kind);
  const isHit = (attempt: Attempt): boolean =>
    around(attempt, own).some(({ replica }) => replica !== undefined && replica === attempt.replica);
  const hit = touched.filter(isHit);
  const elsewhere = touched.filter((attempt) => !isHit(attempt));
  const where = (attempt: Attempt): string => {
    if (attempt.surface === 'checkout') return 'checkout';
    return isHit(attempt) ? 'hit' : 'elsewhere';
  };
  return {
    times: own.length,
    longest_ms: Math.round(own.reduce((most, { from, until }) => Math.max(most, until - from), 0)),
    requests: touched.length,
    longest_answer_hit_ms: longest(hit),
    longest_answer_elsewhere_ms: longest(elsewhere),
    trouble: tally(touched.filter((one) => !isGood(one)).map((one) => `${where(one)}: ${one.result}`)),
  };
};

const errorsOf = (attempts: readonly Attempt[], faults: readonly Occurrence[]): Report['errors'] => {
  const errors: Record<string, { count: number; unexcused: number }> = {};
  for (const attempt of attempts.filter((one) => !isGood(one))) {
    const name = `${attempt.surface}: ${attempt.result}, ${attempt.told}`;
    const error = (errors[name] ??= { count: 0, unexcused: 0 });
    error.count += 1;
    if (!isExcused(attempt, faults)) error.unexcused += 1;
  }
  return errors;
};

/** Sums a run up. */
export const reportOf = (
  run: Pick<Report, 'seed' | 'seconds' | 'replicas' | 'misbehaviours'>,
  { attempts, operations }: Load,
  faults: readonly Occurrence[],
  checks: readonly Check[],
): Report => {
  const commands = operations.filter(({ call, command }) => command !== undefined || call === 'createOrder');
  const calm = attempts.filter((attempt) => around(attempt, faults).length === 0);
  const kinds = faultKinds.filter((kind) => faults.some((fault) => fault.kind === kind));
  const outcomes = tally(commands.map(({ outcome }) => outcome));
  return {
    ...run,
    orders: new Set(operations.flatMap(({ order }) => order ?? [])).size,
    commands: {
      acknowledged: outcomes['done'] ?? 0,
      refused: outcomes['refused'] ?? 0,
      unknown: outcomes['unknown'] ?? 0,
    },
    looks: operations.length - commands.length,
    requests: attempts.length,
    faults: Object.fromEntries(kinds.map((kind) => [kind, duringFault(kind, attempts, faults)])),
    otherwise: { requests: calm.length, longest_answer_ms: longest(calm) },
    errors: errorsOf(attempts, faults),
    checks,
    ok: checks.every(({ ok }) => ok),
  };
};

const line = (text: string): string => `${text}\n`;

/** For people. */
export const textOf = (report: Report): string => {
  const { commands, faults, checks, errors, otherwise } = report;
  const rows = Object.entries(faults).map(([kind, fault]) => {
    const trouble = Object.entries(fault.trouble).map(([what, times]) => `${what} ${times}`);
    return (
      `  ${kind.padEnd(16)} ${String(fault.times).padStart(3)} ×, well after ${String(fault.longest_ms).padStart(6)} ms; ` +
      `longest answer hit ${fault.longest_answer_hit_ms} ms, elsewhere ${fault.longest_answer_elsewhere_ms} ms` +
      (trouble.length === 0 ? '' : `; ${trouble.join(', ')}`)
    );
  });
  const failed = Object.entries(errors).map(
    ([what, { count, unexcused }]) =>
      `  ${String(count).padStart(5)}  ${what}${unexcused > 0 ? ` (${unexcused} unexcused)` : ''}`,
  );
  return [
    line(
      `seed ${report.seed}, ${report.seconds} s, ${report.replicas} replicas: ${report.orders} orders, ` +
        `${commands.acknowledged} commands acknowledged, ${commands.refused} refused, ${commands.unknown} unknown, ` +
        `${report.looks} looks, ${report.requests} requests, ${report.misbehaviours} misbehaviours of other services`,
    ),
    ...rows.map(line),
    line(`  otherwise: longest answer ${otherwise.longest_answer_ms} ms`),
    line('answers that nobody wanted:'),
    ...(failed.length === 0 ? [line('  none')] : failed.map(line)),
    ...checks.flatMap(({ name, ok, counts, faults: shown, wrong }) => {
      const looked = Object.entries(counts).map(([what, times]) => `${what} ${times}`);
      return [
        line(`${ok ? '✔' : '✘'} ${name}${looked.length === 0 ? '' : ` (${looked.join(', ')})`}`),
        ...shown.map((fault) => line(`    ${fault}`)),
        ...(wrong > shown.length ? [line(`    and ${wrong - shown.length} more`)] : []),
      ];
    }),
  ].join('');
};
