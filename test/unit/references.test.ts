import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../scripts/paths.js';

const folders = [
  'actors',
  'analytics',
  'api',
  'app',
  'console',
  'effects',
  'importing',
  'observability',
  'persistence',
];
const more = ['sandbox', 'scripts', 'test', 'docs', 'clients', 'deploy'];

/** Every source and document, by its path from the project's root. */
const sources = (): readonly string[] => {
  const within = [...folders, ...more].flatMap((folder) =>
    readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  return [...readdirSync(projectRoot), ...within].filter(
    (path) =>
      /\.(ts|tsx|mjs|md|sql|proto)$/.test(path) &&
      !path.includes('node_modules') &&
      !path.endsWith('references.test.ts'),
  );
};

const isHere = (path: string): boolean => existsSync(join(projectRoot, path));

/** Documents of the repository that a text names: `docs/errors.md`. */
const documentsIn = (text: string): readonly string[] =>
  [...text.matchAll(/(?<![\w./-])docs\/[\w./-]+\.(?:md|json|yaml|png)\b/g)].map(([path]) => path);

/** Working documents that are no part of the repository. */
const foreign = /\bSPEC section|\bDESIGN\.md|\bRUNTIME\.md|\bresearch\//;

describe('comments and documents', () => {
  const texts = sources().map((path) => ({ path, text: readFileSync(join(projectRoot, path), 'utf8') }));

  it('name only documents that exist', () => {
    const missing = texts.flatMap(({ path, text }) =>
      documentsIn(text)
        .filter((document) => !isHere(document))
        .map((document) => `${path}: ${document}`),
    );
    expect(texts.length).toBeGreaterThan(300);
    expect(missing).toStrictEqual([]);
  });

  it('refer to no document outside the repository', () => {
    expect(texts.filter(({ text }) => foreign.test(text)).map(({ path }) => path)).toStrictEqual([]);
  });
});
