import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

/** A row of import-directions.json; eslint.config.mjs says how it is read. */
interface Direction {
  readonly in: readonly string[];
  readonly except?: readonly string[];
  readonly never?: readonly string[];
  readonly project?: readonly string[];
  readonly packages?: readonly string[];
  readonly why: string;
}

const root = path.resolve(__dirname, '../../..');
const notSource = new Set(['node_modules', 'dist', 'coverage', '.data', '.git', 'gen']);
const directions = JSON.parse(readFileSync(path.join(root, 'import-directions.json'), 'utf8')) as readonly Direction[];

const sources = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const at = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return notSource.has(entry.name) ? [] : sources(at);
    return /\.(ts|tsx|mjs)$/.test(entry.name) ? [at] : [];
  });

const importsOf = (file: string): string[] =>
  ts
    .preProcessFile(readFileSync(path.join(root, file), 'utf8'), true, true)
    .importedFiles.map(({ fileName }) => fileName);

const below = (name: string, places: readonly string[]): boolean =>
  places.some((place) => (place === '' || place.endsWith('/') ? name.startsWith(place) : name === place));

const packageOf = (specifier: string): string => (/^@[^/]+\/[^/]+|^[^/]+/.exec(specifier) ?? [specifier])[0];

/** Why `file` may not import `specifier`: the reason of every row that forbids it. */
const offences = (file: string, specifier: string): string[] => {
  const ofProject = specifier.startsWith('.');
  const target = ofProject
    ? path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, '.ts')
    : packageOf(specifier);
  return directions
    .filter((row) => below(file, row.in) && !below(file, row.except ?? []))
    .filter(
      (row) =>
        below(target, row.never ?? []) ||
        (ofProject ? row.project && !below(target, row.project) : row.packages && !row.packages.includes(target)),
    )
    .map((row) => row.why);
};

/** Which files of the project each file imports, as values or as types. */
const graphOf = (files: readonly string[]): ReadonlyMap<string, readonly string[]> => {
  const known = new Set(files);
  const resolved = (file: string, specifier: string): string | undefined => {
    const name = path.posix.join(path.posix.dirname(file), specifier);
    return [name, name.replace(/\.js$/, '.ts'), name.replace(/\.js$/, '.tsx')].find((one) => known.has(one));
  };
  return new Map(
    files.map((file) => [
      file,
      importsOf(file).flatMap((specifier) => (specifier.startsWith('.') ? (resolved(file, specifier) ?? []) : [])),
    ]),
  );
};

/** The first circle of the graph, as a path that ends where it begins; undefined: there is none. */
const circleIn = (graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined => {
  const done = new Set<string>();
  const search = (node: string, way: readonly string[]): readonly string[] | undefined => {
    const at = way.indexOf(node);
    if (at !== -1) return [...way.slice(at), node];
    if (done.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const found = search(next, [...way, node]);
      if (found !== undefined) return found;
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const found = search(node, []);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** The graph of the folders at the top; files of the root stand for themselves. */
const folderGraphOf = (graph: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> => {
  const folderOf = (file: string): string =>
    file.startsWith('actors/rules/') ? 'actors/rules' : (file.split('/')[0] ?? '');
  const folders = new Map<string, Set<string>>();
  for (const [file, targets] of graph) {
    const from = folderOf(file);
    const to = folders.get(from) ?? new Set<string>();
    for (const target of targets) if (folderOf(target) !== from) to.add(folderOf(target));
    folders.set(from, to);
  }
  return new Map([...folders].map(([from, to]) => [from, [...to]]));
};

/** Folders of test/ that are no suites: what several suites need, and programs that tests run. */
const shared = new Set(['support', 'bench', 'chaos', 'failover']);

/** The suite of a test's file; undefined: it belongs to none. */
const suiteOf = (file: string): string | undefined => {
  const folder = /^test\/([^/]+)\//.exec(file)?.[1];
  return folder === undefined || shared.has(folder) ? undefined : folder;
};

describe('import directions', () => {
  it.each([
    ['actors/rules/decide.ts', '../order-actor.js'],
    ['actors/rules/decide.ts', 'node:crypto'],
    ['actors/order-actor.ts', '../persistence/store.js'],
    ['persistence/store.ts', '@dapr/dapr'],
    ['persistence/migrations/run.ts', 'express'],
    ['api/rest/orders.ts', '../../persistence/queries.js'],
    ['api/auth.ts', 'pg'],
    ['analytics/report.ts', 'pg'],
    ['analytics/report.ts', '../persistence/pool.js'],
    ['analytics/report.ts', './store/sql.js'],
    ['analytics/store/store.ts', '../../api/errors.js'],
    ['api/analytics-operations.ts', '../analytics/store/reads.js'],
    ['persistence/search.ts', '../analytics/rollups.js'],
    ['effects/worker.ts', '../api/errors.js'],
    ['sandbox/main.ts', '../api/auth.js'],
    ['config.ts', './main.js'],
    ['scripts/start.ts', '../test/support/stack.js'],
  ] as const)('forbids %s to import %s', (file, specifier) => expect(offences(file, specifier)).not.toStrictEqual([]));

  it.each([
    ['actors/rules/decide.ts', './order.js'],
    ['actors/rules/money.ts', 'decimal.js'],
    ['persistence/store.ts', '../actors/rules/order.js'],
    ['persistence/store.ts', 'pg'],
    ['analytics/store/store.ts', 'pg'],
    ['analytics/store/store.ts', '../../persistence/transaction.js'],
    ['api/analytics-operations.ts', '../analytics/reports.js'],
    ['sandbox/main.ts', '../api/guest-token.js'],
    ['sandbox/main.ts', 'express'],
    ['test/e2e/create.test.ts', '../support/stack.js'],
  ] as const)('lets %s import %s', (file, specifier) => expect(offences(file, specifier)).toStrictEqual([]));

  it('hold everywhere', () => {
    const files = sources('');
    // no source found
    expect(files.length).toBeGreaterThan(0);
    const found = files.flatMap((file) =>
      importsOf(file).flatMap((specifier) => offences(file, specifier).map((why) => `${file} -> ${specifier}: ${why}`)),
    );
    expect(found).toStrictEqual([]);
  });

  it('finds circles', () => {
    expect(
      circleIn(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['b']],
        ]),
      ),
    ).toStrictEqual(['b', 'c', 'b']);
    expect(
      circleIn(
        new Map([
          ['a', ['b', 'c']],
          ['b', ['c']],
          ['c', []],
        ]),
      ),
    ).toBeUndefined();
  });

  it('has no circle of files, types included', () => expect(circleIn(graphOf(sources('')))).toBeUndefined());

  it('has no circle of folders, so that no import points back up', () => {
    const product = sources('').filter((file) => !file.startsWith('test/'));
    expect(circleIn(folderGraphOf(graphOf(product)))).toBeUndefined();
  });

  it('keeps the suites of tests apart: what two of them need is in test/support', () => {
    const crossing = [...graphOf(sources('test'))].flatMap(([file, targets]) =>
      targets
        .filter((target) => {
          const suite = suiteOf(target);
          return suite !== undefined && suite !== suiteOf(file);
        })
        .map((target) => `${file} -> ${target}`),
    );
    expect(crossing).toStrictEqual([]);
  });
});
