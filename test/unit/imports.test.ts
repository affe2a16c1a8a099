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
    return /\.(ts|mjs)$/.test(entry.name) ? [at] : [];
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

describe('import directions', () => {
  it.each([
    ['actors/rules/decide.ts', '../order-actor.js'],
    ['actors/rules/decide.ts', 'node:crypto'],
    ['actors/order-actor.ts', '../persistence/store.js'],
    ['persistence/store.ts', '@dapr/dapr'],
    ['persistence/migrations/run.ts', 'express'],
    ['api/rest/orders.ts', '../../persistence/queries.js'],
    ['api/auth.ts', 'pg'],
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
});
