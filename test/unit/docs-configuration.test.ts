import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { configSchema } from '../../config.js';
import { environmentSchema as sandboxSchema } from '../../sandbox/config.js';
import { projectRoot } from '../../scripts/paths.js';
import { tableOf } from '../support/markdown.js';

const environment = tableOf('configuration.md', 'variable', 'default', 'meaning');
const values = tableOf('configuration.md', 'value', 'default', 'meaning');
const elsewhere = tableOf('configuration.md', 'variable', 'default', 'read by', 'meaning');

/** The default of a variable in the words of the page. */
const defaultOf = (schema: z.ZodType): string => {
  const given = schema.safeParse(undefined);
  if (!given.success) return 'required';
  return given.data === undefined ? 'none' : JSON.stringify(given.data).replaceAll('"', '');
};

/** `a.b`, with its value, for every leaf; a list is a leaf. */
const leaves = (value: unknown, path: string): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`))
    : [[path, value]];

const pathsOf = (schema: z.ZodType, path: string): readonly string[] => {
  if (schema instanceof z.ZodPrefault) return pathsOf(schema.unwrap() as z.ZodType, path);
  return schema instanceof z.ZodObject
    ? Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>).flatMap(([key, inner]) =>
        pathsOf(inner, path === '' ? key : `${path}.${key}`),
      )
    : [path];
};

const sourcesBelow = (folder: string): readonly string[] =>
  readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs)$/.test(name))
    .map((name) => join(projectRoot, folder, name));

describe('docs/configuration.md', () => {
  it('has every variable of the service, with its default', () => {
    const known = Object.entries(configSchema.shape.environment.shape).map(([name, schema]) => [
      name,
      defaultOf(schema),
    ]);
    expect(environment.map((row) => [row['variable'], row['default']])).toStrictEqual(known);
  });

  it('has every value of configs/config.yaml, with what stands there', () => {
    const content: unknown = parse(readFileSync(join(projectRoot, 'configs', 'config.yaml'), 'utf8'));
    const written = values.map((row) => [row['value'], parse(row['default'] ?? '') as unknown]);
    expect(written).toStrictEqual(leaves(content, ''));
    expect(values.map(({ value }) => value)).toStrictEqual(pathsOf(configSchema.shape.file, ''));
  });

  it('has the variables of the sandbox, with their defaults', () => {
    const written = new Map(elsewhere.map((row) => [row['variable'], row['default']]));
    for (const [name, schema] of Object.entries(sandboxSchema.shape)) {
      // Its sidecar's port and its folder are told in prose: another default than the service's, and one that depends.
      if (name === 'DAPR_HTTP_PORT' || name === 'ORDER_SANDBOX_DATA') continue;
      assert.equal(written.get(name), defaultOf(schema), name);
    }
  });

  it('says what each of them means', () => {
    for (const row of [...environment, ...values, ...elsewhere]) expect(row['meaning'] ?? '').toMatch(/\w{3,}.*\.$/);
  });

  it('leaves out no variable that anything here reads', () => {
    const documented = new Set([...environment, ...elsewhere].map(({ variable }) => variable));
    const files = [
      ...['main.ts', 'config.ts'].map((name) => join(projectRoot, name)),
      ...['app', 'configs', 'scripts', 'sandbox', 'observability', 'test'].flatMap(sourcesBelow),
    ];
    const read = files.flatMap((file) =>
      [
        ...readFileSync(file, 'utf8').matchAll(
          /\benv(?:ironment)?(?:\[|\.|, )'?((?:ORDER|DAPR|OTEL|XDG|LOG|APP_API)_[A-Z_]+)\b/g,
        ),
      ].map(([, name]) => name ?? ''),
    );
    // nothing found to check
    expect(read.length).toBeGreaterThan(10);
    const unknown = new Set(read.filter((name) => !documented.has(name)));
    expect([...unknown]).toStrictEqual([]);
  });
});
