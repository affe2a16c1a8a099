import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cutPage, fitting, mostPageBytes, toPage } from '../../../api/page.js';
import { pageToken } from '../../../api/page-token.js';

const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ at: { n }, entry: n }));
const long = (bytes: number) => () => 'x'.repeat(bytes);

describe('a page', () => {
  it('has as many entries as were asked for, and a token where there are more', () => {
    const page = toPage(rows(4), 3, String);
    assert.deepEqual(page.entries, [0, 1, 2]);
    assert.equal(page.nextPageToken, pageToken({ n: 2 }));
    assert.deepEqual([toPage(rows(3), 3, String).nextPageToken, toPage([], 3, String).nextPageToken], ['', '']);
  });

  it('ends before it is longer than 3.5 MiB', () => {
    const page = toPage(rows(4), 100, long(1_048_576));
    assert.deepEqual(page.entries, [0, 1, 2]);
    assert.equal(page.nextPageToken, pageToken({ n: 2 }));
    assert.equal(toPage(rows(3), 100, long(1_048_576)).nextPageToken, '');
  });

  it('has one entry at least', () => {
    const page = toPage(rows(2), 100, long(5_000_000));
    assert.deepEqual([page.entries, page.nextPageToken], [[0], pageToken({ n: 0 })]);
    assert.equal(fitting([mostPageBytes * 2, 1]), 1);
  });

  it('counts bytes, not characters', () => {
    assert.equal(toPage(rows(3), 100, () => '€'.repeat(500_000)).entries.length, 2);
  });

  it('can be cut shorter, and goes on after its last entry', () => {
    const page = toPage(rows(3), 3, String);
    assert.deepEqual(cutPage(page, 2), { entries: [0, 1], nextPageToken: pageToken({ n: 1 }) });
    assert.equal(cutPage(page, 3), page);
  });
});
