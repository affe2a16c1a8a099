import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Commit, type Known, unexplained } from '../../chaos/linearizable.js';

/** One version a writer, in order. */
const journal = (...writers: readonly (string | undefined)[]): readonly Commit[] =>
  writers.map((writer, index) => ({ first: index + 1, last: index + 1, writer }));

const changed = (id: string, start: number, end: number, version: number): Known => ({
  ...{ kind: 'changed', id, start, end, version },
});
const saw = (id: string, start: number, end: number, version: number): Known => ({
  ...{ kind: 'saw', id, start, end, version },
});
const refused = (id: string, start: number, end: number, from: number | undefined): Known => ({
  ...{ kind: 'refused', id, start, end, from },
});

const created = changed('create', 0, 1, 1);

const explained = (commits: readonly Commit[], ...known: readonly Known[]): void => {
  expect(unexplained(commits, known)).toStrictEqual([]);
};
const rejected = (why: RegExp, commits: readonly Commit[], ...known: readonly Known[]): void => {
  const faults = unexplained(commits, known);
  assert.equal(faults.length, 1, faults.join('\n'));
  expect(faults[0]!).toMatch(why);
};

describe('a history is explained', () => {
  it('when changes that overlap came in either order', () => {
    explained(journal('create', 'a', 'b'), created, changed('a', 2, 9, 2), changed('b', 2, 9, 3));
    explained(journal('create', 'b', 'a'), created, changed('a', 2, 9, 3), changed('b', 2, 9, 2));
  });

  it('when a look during a change shows the version before it or after it', () => {
    explained(journal('create', 'a'), created, changed('a', 2, 9, 2), saw('r', 3, 4, 2), saw('s', 5, 6, 2));
    explained(journal('create', 'a'), created, changed('a', 2, 9, 2), saw('r', 3, 4, 1), saw('s', 5, 6, 2));
  });

  it('when nobody knows what became of a change: it came, late perhaps, or never', () => {
    const unknown: Known = { kind: 'unknown', id: 'a', start: 2 };
    explained(journal('create'), created, unknown, saw('r', 50, 51, 1));
    explained(journal('create', 'a'), created, unknown, saw('r', 50, 51, 1), saw('s', 52, 53, 2));
  });

  it('when a change is acknowledged as a repeat, behind what came after it', () => {
    const repeat: Known = { kind: 'repeated', id: 'a', start: 2, end: 20 };
    explained(journal('create', 'a', 'b'), created, repeat, changed('b', 10, 11, 3), saw('a', 19, 20, 3));
  });

  it('when a refusal may have been given after what makes it right', () => {
    explained(journal('create', 'a'), created, changed('a', 2, 9, 2), refused('b', 3, 4, 2));
  });

  it('when others change the record as well, several versions at a time', () => {
    const commits = [
      { first: 1, last: 1, writer: 'create' },
      { first: 2, last: 3, writer: undefined },
      { first: 4, last: 5, writer: 'a' },
    ];
    explained(commits, created, saw('r', 5, 6, 3), changed('a', 7, 8, 5), saw('s', 9, 10, 5));
  });
});

describe('a history is rejected', () => {
  it('when an acknowledged change is not there: a lost update', () => {
    rejected(/a was acknowledged and is not there/, journal('create'), created, changed('a', 2, 3, 2));
    const overwritten = [created, changed('a', 2, 3, 2), changed('b', 4, 5, 2)];
    rejected(/a was acknowledged and is not there/, journal('create', 'b'), ...overwritten);
  });

  it('when a change is there twice', () => {
    rejected(/a is there 2 times/, journal('create', 'a', 'a'), created, changed('a', 2, 3, 2));
    const unknown: Known = { kind: 'unknown', id: 'a', start: 2 };
    rejected(/a is there 2 times/, journal('create', 'a', 'a'), created, unknown);
  });

  it('when a look shows a version that was overtaken before it began: a stale read', () => {
    const stale = [created, changed('a', 2, 3, 2), saw('r', 4, 5, 1)];
    rejected(/version 2 had come by 3 .*but not before 4/, journal('create', 'a'), ...stale);
  });

  it('when a look goes back behind another that had ended', () => {
    const back = [created, changed('a', 2, 9, 2), saw('r', 3, 4, 2), saw('s', 5, 6, 1)];
    rejected(/version 2 had come by 4 .*but not before 5/, journal('create', 'a'), ...back);
  });

  it('when a change took effect before it was sent, or after it was acknowledged', () => {
    rejected(/had come by/, journal('create', 'a'), created, changed('a', 5, 9, 2), saw('r', 2, 3, 2));
    rejected(/had come by/, journal('create', 'a', 'b'), created, changed('a', 5, 9, 2), changed('b', 2, 3, 3));
  });

  it('when a refused change is there, or nothing made the refusal right in time', () => {
    rejected(/a was refused and is there/, journal('create', 'a'), created, refused('a', 2, 3, 1));
    rejected(/at no version rightly/, journal('create'), created, refused('a', 2, 3, undefined));
    rejected(/had come by/, journal('create', 'b'), created, refused('a', 2, 3, 2), changed('b', 4, 5, 2));
  });

  it('when a look shows what was never stored, or half of a change', () => {
    rejected(/no commit ended with/, journal('create'), created, saw('r', 2, 3, 2));
    const commits = [...journal('create'), { first: 2, last: 3, writer: 'a' }];
    rejected(/no commit ended with/, commits, created, changed('a', 2, 9, 3), saw('r', 4, 5, 2));
  });

  it('when an answer tells another version than the change made', () => {
    rejected(/made version 2 and was told 3/, journal('create', 'a', 'b'), created, changed('a', 2, 9, 3), {
      ...{ kind: 'unknown', id: 'b', start: 2 },
    });
  });

  it('when the journal has a gap, or what nobody sent', () => {
    rejected(/versions 3 to 3 where 2/, [...journal('create'), { first: 3, last: 3, writer: undefined }], created);
    rejected(/nobody sent x/, journal('create', 'x'), created);
  });
});

describe('whatever a correct register does', () => {
  /** Changes and looks of a few clients: the moment at which each takes place, and how long before and after it lasts. */
  const steps = fc.array(
    fc.record({
      change: fc.boolean(),
      before: fc.integer({ min: 0, max: 8 }),
      after: fc.integer({ min: 0, max: 8 }),
      silent: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  );

  const histories = steps.map((drawn) => {
    const writers: string[] = [];
    const known = drawn.map(({ change, before, after, silent }, index): Known => {
      const [id, start, end] = [`op${index}`, index - before, index + after];
      if (change) writers.push(id);
      if (!change) return saw(id, start, end, writers.length);
      return silent ? { kind: 'unknown', id, start } : changed(id, start, end, writers.length);
    });
    return { commits: journal(...writers), known: known.filter((fact) => fact.kind !== 'saw' || fact.version > 0) };
  });

  it('is explained', () => {
    fc.assert(
      fc.property(histories, ({ commits, known }) => {
        explained(commits, ...known);
      }),
    );
  });

  it('is rejected once an acknowledged change is taken out of it', () => {
    fc.assert(
      fc.property(histories, ({ commits, known }) => {
        const lost = known.find(({ kind }) => kind === 'changed');
        if (lost === undefined) return;
        const left = journal(...commits.map(({ writer }) => writer).filter((writer) => writer !== lost.id));
        expect(unexplained(left, known)).not.toStrictEqual([]);
      }),
    );
  });
});
