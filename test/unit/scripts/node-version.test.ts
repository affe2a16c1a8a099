import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../../scripts/paths.js';

const read = (...path: string[]): string => readFileSync(join(projectRoot, ...path), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  readonly engines: { readonly node: string };
  readonly optionalDependencies: Readonly<Record<string, string>>;
};

describe('the versions of Node', () => {
  const oldest = /^>=(\d+\.\d+)$/.exec(manifest.engines.node)?.[1] ?? '';
  const runtimes = Object.entries(manifest.optionalDependencies).filter(([name]) => name.startsWith('node-'));
  const runtime = runtimes[0]?.[1].split('.')[0] ?? '';

  it('are one runtime for every platform, which .nvmrc names', () => {
    expect([...new Set(runtimes.map(([, version]) => version))].length).toStrictEqual(1);
    expect(read('.nvmrc').trim()).toBe(runtime);
  });

  it('begin with the one that the bootstrap demands', () => {
    const demanded = /oldestNode = \[(\d+), (\d+)\]/.exec(read('scripts', 'bootstrap.mjs'));
    expect(`${demanded?.[1] ?? ''}.${demanded?.[2] ?? ''}`).toBe(oldest);
  });

  it.each(['README.md', 'docs/adr/0017-pinned-node.md'])('are those that %s tells', (page) => {
    const text = read(page);
    assert.ok(text.includes(oldest), `it does not name Node ${oldest}`);
    assert.ok(text.includes(`Node ${runtime}`), `it does not name Node ${runtime}`);
  });
});
