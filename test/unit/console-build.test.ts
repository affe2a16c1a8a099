import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../scripts/paths.js';

const folder = path.join(projectRoot, 'dist', 'console');
const index = readFileSync(path.join(folder, 'index.html'), 'utf8');

/** What the browser loads before anything shows. */
const firstFiles = [...index.matchAll(/(?:src|href)="\/console\/(assets\/[^"]+)"/g)].map(([, name]) => name ?? '');

describe('the built console', () => {
  it('loads at most 100 kB, compressed, before it shows', () => {
    assert.ok(firstFiles.length >= 2, index);
    // The sizes of the files that are sent.
    for (const ending of ['.gz', '.br']) {
      const sizes = ['index.html', ...firstFiles].map((name) => statSync(path.join(folder, name + ending)).size);
      const sum = sizes.reduce((all, size) => all + size, 0);
      assert.ok(sum > 1_000 && sum <= 100_000, `${sum} bytes: ${firstFiles.join(', ')}`);
    }
  });

  it('has files whose names change with their content, and nothing inline', () => {
    for (const name of firstFiles) expect(name).toMatch(/-[A-Z0-9]{8}\.(js|css)$/);
    expect(index).not.toMatch(/<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=/);
  });
});
