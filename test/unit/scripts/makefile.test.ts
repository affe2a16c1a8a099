import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../../scripts/paths.js';

const makefile = readFileSync(join(projectRoot, 'Makefile'), 'utf8');
const manifest = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

describe('the Makefile', () => {
  const phony = /^\.PHONY: (.*)$/m.exec(makefile)?.[1]?.split(' ') ?? [];

  it('describes every target in one line, for make help', () => {
    const described = [...makefile.matchAll(/^([a-z-]+):.*## .+\.?$/gm)].map(([, target]) => target);
    expect(described.sort()).toStrictEqual(phony.sort());
  });

  it('runs only npm scripts that there are', () => {
    for (const [, script = ''] of makefile.matchAll(/npm (?:run )?(start|test(?! --)|(?<=run )[\w:]+)/g))
      assert.ok(script in manifest.scripts, script);
  });
});
