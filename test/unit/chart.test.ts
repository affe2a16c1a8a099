import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { projectRoot } from '../../scripts/paths.js';
import { daprResources, faultsOf } from '../support/dapr-crds.js';

type Tree = Readonly<Record<string, unknown>>;
interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Tree };
  readonly spec?: Tree;
}

const file = (...names: string[]): string => join(projectRoot, 'deploy', ...names);
const rendered = parseAllDocuments(readFileSync(file('rendered', 'order-service.yaml'), 'utf8')).flatMap((document) => {
  assert.deepEqual(document.errors, []);
  const resource = document.toJS() as Resource | null;
  return resource === null ? [] : [resource];
});
const only = (kind: string, name = 'order-service'): Resource => {
  const found = rendered.filter((one) => one.kind === kind && one.metadata.name === name);
  assert.equal(found.length, 1, `${kind} ${name}`);
  return found[0]!;
};
/** A value by its path; lists by index. */
const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((inner, key) => (inner as Tree | undefined)?.[key], value);

describe('The rendered chart', () => {
  it('has every object once, with a name and a version of its API', () => {
    const names = rendered.map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    const kinds = new Set(rendered.map(({ kind }) => kind));
    for (const kind of [
      ...['Deployment', 'Service', 'ServiceAccount', 'ConfigMap', 'Job', 'Ingress', 'HTTPRoute', 'NetworkPolicy'],
      ...['HorizontalPodAutoscaler', 'PodDisruptionBudget', 'ServiceMonitor', 'PrometheusRule'],
      ...['Component', 'Configuration', 'Subscription', 'Resiliency'],
    ])
      assert.ok(kinds.has(kind), kind);
    for (const { metadata } of rendered) expect(metadata.name).toMatch(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);
  });

  it("is accepted by Dapr's custom resource definitions", () => {
    const ours = rendered.filter(({ apiVersion }) => apiVersion.startsWith('dapr.io/'));
    expect(ours.length).toBeGreaterThan(20);
    for (const resource of ours) {
      const shape = daprResources[`${resource.apiVersion} ${resource.kind}`];
      assert.ok(shape !== undefined, `${resource.apiVersion} ${resource.kind} is not known`);
      assert.deepEqual(faultsOf(resource, shape), [], resource.metadata.name);
    }
  });

  it('has selectors that match the pods, and ports that they have', () => {
    const pod = at(only('Deployment').spec, 'template') as Resource & { readonly spec: Tree };
    const labels = pod.metadata.labels ?? {};
    for (const selector of [
      at(only('Deployment').spec, 'selector.matchLabels'),
      at(only('Service').spec, 'selector'),
      at(only('Service', 'order-service-metrics').spec, 'selector'),
      at(only('PodDisruptionBudget').spec, 'selector.matchLabels'),
      at(only('NetworkPolicy').spec, 'podSelector.matchLabels'),
    ])
      expect(labels).toMatchObject(selector as object);
    const ports = (at(pod.spec, 'containers.0.ports') as { readonly name: string }[]).map(({ name }) => name);
    for (const service of ['order-service', 'order-service-metrics'])
      for (const port of at(only('Service', service).spec, 'ports') as { readonly targetPort: string }[])
        expect(ports).toContain(port.targetPort);
    const monitored = at(only('ServiceMonitor').spec, 'selector.matchLabels') as object;
    expect(only('Service', 'order-service-metrics').metadata.labels).toMatchObject(monitored);
  });

  it('runs without rights, on a file system that cannot be written', () => {
    for (const [kind, name] of [
      ['Deployment', 'order-service'],
      ['Job', 'order-service-migrate'],
    ] as const) {
      const pod = at(only(kind, name).spec, 'template.spec');
      expect(at(pod, 'securityContext')).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
      expect(at(pod, 'containers.0.securityContext')).toStrictEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(at(pod, 'enableServiceLinks')).toBe(false);
      expect(at(pod, 'automountServiceAccountToken')).toBe(false);
    }
  });

  it('has secrets by reference only', () => {
    expect(rendered.filter(({ kind }) => kind === 'Secret')).toStrictEqual([]);
    const text = readFileSync(file('rendered', 'order-service.yaml'), 'utf8');
    expect(text).not.toMatch(/postgres:\/\/|password: ['"]?[^\s'"{]/i);
    expect(at(only('Deployment').spec, 'template.spec.containers.0.envFrom')).toStrictEqual([
      { secretRef: { name: 'order-service' } },
    ]);
  });

  it('has alerts that lead to the runbook where it is published', () => {
    const groups = at(only('PrometheusRule').spec, 'groups') as {
      readonly rules: readonly { readonly alert?: string; readonly annotations?: Readonly<Record<string, string>> }[];
    }[];
    const alerts = groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert !== undefined);
    expect(alerts.length).toBeGreaterThan(20);
    for (const { alert = '', annotations } of alerts)
      expect(annotations?.['runbook_url']).toBe(`https://wiki.example.com/order-service#${alert.toLowerCase()}`);
  });

  it('asks of Dapr what components/production asks', () => {
    const production = (name: string): Resource[] =>
      parseAllDocuments(readFileSync(join(projectRoot, 'components', 'production', `${name}.yaml`), 'utf8')).map(
        (document) => document.toJS() as Resource,
      );
    const [deployment] = production('deployment');
    const annotations = (resource: Resource | undefined) =>
      at(resource?.spec, 'template.metadata.annotations') as Record<string, string>;
    expect(annotations(only('Deployment'))).toMatchObject(annotations(deployment));
    expect(only('Configuration').spec).toStrictEqual(production('order-service')[0]?.spec);
    expect(only('Component', 'pubsub').spec).toStrictEqual(production('pubsub')[0]?.spec);
    expect(only('Component', 'actor-state').spec).toStrictEqual(production('actor-state')[0]?.spec);
  });
});

describe('The chart', () => {
  it('takes files of the repository by links', () => {
    const folder = file('chart', 'files');
    for (const name of readdirSync(folder)) {
      assert.ok(lstatSync(join(folder, name)).isSymbolicLink(), name);
      assert.ok(realpathSync(join(folder, name)).startsWith(realpathSync(projectRoot)), name);
    }
  });

  it('describes every value in its schema, with a default', () => {
    const defaults = parse(readFileSync(file('chart', 'values.yaml'), 'utf8')) as Tree;
    const schema = JSON.parse(readFileSync(file('chart', 'values.schema.json'), 'utf8')) as Tree;
    const compare = (value: unknown, described: unknown, path: string): void => {
      const properties = at(described, 'properties') as Tree | undefined;
      if (properties === undefined || typeof value !== 'object' || value === null) return;
      const known = Object.keys(properties).filter((name) => name !== 'global');
      assert.deepEqual(Object.keys(value).sort(), known.sort(), path);
      for (const name of known) compare((value as Tree)[name], properties[name], `${path}.${name}`);
    };
    compare(defaults, schema, '');
  });

  it('has the version of the service', () => {
    const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
    const chart = parse(readFileSync(file('chart', 'Chart.yaml'), 'utf8')) as { version: string; appVersion: string };
    expect([chart.version, chart.appVersion]).toStrictEqual([version, version]);
    expect(readFileSync(join(projectRoot, 'Dockerfile'), 'utf8')).toContain(`image.version="${version}"`);
  });
});
