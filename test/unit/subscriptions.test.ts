import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { projectRoot } from '../../scripts/paths.js';

interface Subscription {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly bulkSubscribe?: { readonly enabled: boolean } };
}

describe('every subscription', () => {
  const folder = join(projectRoot, 'components', 'local');
  const all = readdirSync(folder).flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => document.toJS() as Subscription),
  );
  const subscriptions = all.filter(({ kind }) => kind === 'Subscription');

  it('is in bulk: Dapr may take a single delivery to a dead app for a success', () => {
    expect(subscriptions).toHaveLength(35);
    const single = subscriptions.filter(({ spec }) => spec.bulkSubscribe?.enabled !== true);
    expect(single.map(({ metadata }) => metadata.name)).toStrictEqual([]);
  });
});
