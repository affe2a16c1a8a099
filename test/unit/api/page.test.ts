import { describe, expect, it } from '@jest/globals';
import { cutPage, fitting, mostPageBytes, toPage } from '../../../api/page.js';
import { pageToken } from '../../../api/page-token.js';

const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ at: { n }, entry: n }));
const long = (bytes: number) => () => 'x'.repeat(bytes);

describe('a page', () => {
  it('has as many entries as were asked for, and a token where there are more', () => {
    const page = toPage(rows(4), 3, String);
    expect(page.entries).toStrictEqual([0, 1, 2]);
    expect(page.nextPageToken).toBe(pageToken({ n: 2 }));
    expect([toPage(rows(3), 3, String).nextPageToken, toPage([], 3, String).nextPageToken]).toStrictEqual(['', '']);
  });

  it('ends before it is longer than 3.5 MiB', () => {
    const page = toPage(rows(4), 100, long(1_048_576));
    expect(page.entries).toStrictEqual([0, 1, 2]);
    expect(page.nextPageToken).toBe(pageToken({ n: 2 }));
    expect(toPage(rows(3), 100, long(1_048_576)).nextPageToken).toBe('');
  });

  it('has one entry at least', () => {
    const page = toPage(rows(2), 100, long(5_000_000));
    expect([page.entries, page.nextPageToken]).toStrictEqual([[0], pageToken({ n: 0 })]);
    expect(fitting([mostPageBytes * 2, 1])).toBe(1);
  });

  it('counts bytes, not characters', () => {
    expect(toPage(rows(3), 100, () => '€'.repeat(500_000)).entries).toHaveLength(2);
  });

  it('can be cut shorter, and goes on after its last entry', () => {
    const page = toPage(rows(3), 3, String);
    expect(cutPage(page, 2)).toStrictEqual({ entries: [0, 1], nextPageToken: pageToken({ n: 1 }) });
    expect(cutPage(page, 3)).toBe(page);
  });
});
