import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { projectRoot } from '../../scripts/paths.js';
import { daprResources, faultsOf } from '../support/dapr-crds.js';

interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name?: unknown };
}

const folder = join(projectRoot, 'components');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));

const resourcesIn = (file: string): readonly Resource[] =>
  parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => {
    assert.deepEqual(document.errors, [], file);
    return document.toJS() as Resource;
  });

describe('components/', () => {
  it.each(files)("%s is accepted by Dapr's custom resource definitions", (file) => {
    const ours = resourcesIn(file).filter(({ apiVersion }) => apiVersion.startsWith('dapr.io/'));
    for (const resource of ours) {
      const shape = daprResources[`${resource.apiVersion} ${resource.kind}`];
      assert.ok(shape !== undefined, `${resource.apiVersion} ${resource.kind} is not known`);
      assert.deepEqual(faultsOf(resource, shape), [], String(resource.metadata.name));
      expect(String(resource.metadata.name)).toMatch(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);
    }
  });

  it('has resources to check', () => {
    const kinds = new Set(
      files.flatMap((file) => resourcesIn(file).map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)),
    );
    for (const kind of Object.keys(daprResources)) assert.ok(kinds.has(kind), kind);
  });
});

describe('the check of Dapr resources', () => {
  const valid = (): Record<string, unknown> => ({
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Configuration',
    metadata: { name: 'x' },
    spec: { metrics: { enabled: true } },
  });
  const shape = daprResources['dapr.io/v1alpha1 Configuration']!;

  it('finds missing and unknown fields and wrong types', () => {
    expect(faultsOf(valid(), shape)).toStrictEqual([]);
    for (const [spec, fault] of [
      [{ metrics: { http: { increasedCardinality: false } } }, '.spec.metrics.enabled: required'],
      [{ metrics: { enabled: 'true' } }, '.spec.metrics.enabled: must be a boolean'],
      [{ metric: { enabled: true } }, '.spec.metric: unknown field'],
      [{ api: { allowed: [{ name: 'invoke' }] } }, '.spec.api.allowed[0].version: required'],
      [{ api: { allowed: {} } }, '.spec.api.allowed: must be an array'],
    ] as const)
      expect(faultsOf({ ...valid(), spec }, shape)).toStrictEqual([fault]);
  });
});
