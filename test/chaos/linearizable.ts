/**
 * What one statement wrote: the versions it made, and which operation of a client it was (undefined: somebody else's, an
 * event or a deadline).
 */
export interface Commit {
  readonly first: number;
  readonly last: number;
  readonly writer: string | undefined;
}

/** What a client knows. Times in milliseconds of one clock: what it knows came about, or was so, between them. */
export type Known = { readonly id: string; readonly start: number } & (
  | {
      /** Its change was acknowledged as new; `version` is the one the answer showed. */
      readonly kind: 'changed';
      readonly end: number;
      readonly version: number;
    }
  /** Its change was acknowledged as a repeat: an earlier try of the same had been taken. */
  | { readonly kind: 'repeated'; readonly end: number }
  /** Nobody told what became of its change. */
  | { readonly kind: 'unknown' }
  | {
      /** Its change was refused, which is right from this version on; undefined: at no version. */
      readonly kind: 'refused';
      readonly end: number;
      readonly from: number | undefined;
    }
  /** It was shown this version. */
  | { readonly kind: 'saw'; readonly end: number; readonly version: number }
);

interface Bound {
  readonly at: number;
  readonly by: string;
}

const loosest = { earliest: { at: -Infinity, by: '' }, latest: { at: Infinity, by: '' } };

const later = (a: Bound, b: Bound): Bound => (b.at > a.at ? b : a);
const sooner = (a: Bound, b: Bound): Bound => (b.at < a.at ? b : a);

/** Commits follow one another without a gap and without an overlap. */
const gaps = (commits: readonly Commit[]): readonly string[] =>
  commits.flatMap(({ first, last }, index) => {
    const expected = (commits[index - 1]?.last ?? 0) + 1;
    return first === expected && last >= first ? [] : [`versions ${first} to ${last} where ${expected} comes next`];
  });

/**
 * Whether there is an order of everything that happened to one record, in which each change and each look takes place at one
 * moment between its start and its end, and which explains every answer (linearizability). The versions give the order of the
 * changes, so all that is left is to find a moment for each commit: after the one before it, within the bounds that answers
 * set. An answer that showed version v was given after commit v and before the next one.
 *
 * @param commits the record's journal, in order
 * @returns what cannot be explained; empty when all is well
 */
export const unexplained = (commits: readonly Commit[], known: readonly Known[]): readonly string[] => {
  const faults = [...gaps(commits)];
  const bounds = commits.map(() => ({ ...loosest }));
  const byVersion = new Map(commits.map(({ last }, index) => [last, index]));
  const byWriter = new Map<string, number[]>();
  for (const [index, { writer }] of commits.entries())
    if (writer !== undefined) byWriter.set(writer, [...(byWriter.get(writer) ?? []), index]);

  const notBefore = (index: number, bound: Bound): void => {
    const of = bounds[index];
    if (of !== undefined) of.earliest = later(of.earliest, bound);
  };
  const notAfter = (index: number, bound: Bound): void => {
    const of = bounds[index];
    if (of !== undefined) of.latest = sooner(of.latest, bound);
  };

  const saw = (id: string, start: number, end: number, version: number): void => {
    const index = byVersion.get(version);
    if (index === undefined) {
      faults.push(`${id} was shown version ${version}, which no commit ended with`);
      return;
    }
    notAfter(index, { at: end, by: `${id} was shown it` });
    notBefore(index + 1, { at: start, by: `${id} was still shown version ${version}` });
  };

  /** The one commit of an operation; it is a fault if there is none, or more. */
  const own = (id: string): number | undefined => {
    const [index, ...more] = byWriter.get(id) ?? [];
    if (index === undefined) faults.push(`${id} was acknowledged and is not there`);
    if (more.length > 0) faults.push(`${id} is there ${more.length + 1} times`);
    return index;
  };

  const changed = (id: string, start: number, end: number, version: number | undefined): void => {
    const index = own(id);
    if (index === undefined) return;
    notBefore(index, { at: start, by: `${id} was sent` });
    notAfter(index, { at: end, by: `${id} was acknowledged` });
    const { last } = commits[index]!;
    if (version !== undefined && version !== last) faults.push(`${id} made version ${last} and was told ${version}`);
  };

  for (const fact of known) {
    const { id, start } = fact;
    switch (fact.kind) {
      case 'changed':
        changed(id, start, fact.end, fact.version);
        break;
      case 'repeated':
        changed(id, start, fact.end, undefined);
        break;
      case 'unknown': {
        const [index, ...more] = byWriter.get(id) ?? [];
        if (index !== undefined) notBefore(index, { at: start, by: `${id} was sent` });
        if (more.length > 0) faults.push(`${id} is there ${more.length + 1} times`);
        break;
      }
      case 'refused': {
        if (byWriter.has(id)) faults.push(`${id} was refused and is there`);
        const since = commits.findIndex(({ last }) => fact.from !== undefined && last >= fact.from);
        if (since < 0) faults.push(`${id} was refused, and at no version rightly`);
        else notAfter(since, { at: fact.end, by: `${id} was refused because of it` });
        break;
      }
      case 'saw':
        saw(id, start, fact.end, fact.version);
        break;
    }
  }

  let soFar: Bound = { at: -Infinity, by: '' };
  for (const [index, { earliest, latest }] of bounds.entries()) {
    soFar = later(soFar, earliest);
    if (soFar.at > latest.at)
      faults.push(
        `version ${commits[index]!.last} had come by ${latest.at} (${latest.by}), ` +
          `but not before ${soFar.at} (${soFar.by})`,
      );
  }
  const knownWriters = new Set(known.map(({ id }) => id));
  for (const writer of byWriter.keys()) if (!knownWriters.has(writer)) faults.push(`nobody sent ${writer}`);
  return faults;
};
