import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { projectRoot } from '../../../scripts/paths.js';
import { moveAddresses, moveApp, portsOfApp, readRunFile, writeMovedRunFile } from '../../../scripts/run-file.js';
import { infrastructurePortList } from '../../../scripts/stack-plan.js';

const file = readRunFile();
const allPorts = (offset: number): number[] => [
  ...infrastructurePortList(offset).map(([port]) => port),
  ...file.apps.flatMap((app) => portsOfApp(moveApp(app, offset), app.appID).map(([port]) => port)),
];

describe('dapr.yaml', () => {
  const folder = mkdtempSync(join(tmpdir(), 'order-service-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('gives no port to two parts', () => {
    const ports = allPorts(0);
    expect(new Set(ports).size).toBe(ports.length);
  });

  it('takes no port from which outgoing connections are made, with any offset of a test stack either', () => {
    expect(Math.max(...allPorts(13_600))).toBeLessThan(32_768);
  });

  it('leaves two stacks apart whose offsets differ by any multiple of the step', () => {
    const step = 61;
    for (let times = 1; times * step <= 2_700; times++) {
      const other = new Set(allPorts(times * step));
      assert.deepEqual(
        allPorts(0).filter((port) => other.has(port)),
        [],
        `offsets ${times * step} apart`,
      );
    }
  });

  it('leaves a second npm start alone that was moved as its message advises', () => {
    const other = new Set(allPorts(300));
    expect(allPorts(0).filter((port) => other.has(port))).toStrictEqual([]);
  });

  it('is written with every port moved, the components too', () => {
    const { runFile } = writeMovedRunFile(file, 1_000, folder);
    expect(runFile.common.placementHostAddress).toBe('127.0.0.1:6105');
    expect(runFile.apps.map((app) => app.env)).toStrictEqual(file.apps.map((app) => moveApp(app, 1_000).env));
    expect(runFile.common.resourcesPaths).toStrictEqual([join(folder, 'components', 'local')]);
    expect(readFileSync(join(folder, 'components', 'local', 'services.yaml'), 'utf8')).toMatch(/127\.0\.0\.1:9090/);
  });

  it('moves loopback addresses and nothing else', () => {
    const text = 'http://127.0.0.1:8090/x localhost:5105 10.0.0.1:8090 127.0.0.1 12:30';
    expect(moveAddresses(text, 10)).toBe('http://127.0.0.1:8100/x localhost:5115 10.0.0.1:8090 127.0.0.1 12:30');
  });
});

describe('components', () => {
  const folder = join(projectRoot, 'components', 'local');
  const documents = readdirSync(folder).flatMap((name) =>
    parseAllDocuments(readFileSync(join(folder, name), 'utf8')).map((document) => document.toJS() as Resource),
  );
  const subscriptions = documents.filter(({ kind }) => kind === 'Subscription');
  const broker = documents.find(({ kind, metadata }) => kind === 'Component' && metadata.name === 'pubsub');
  const topicsOf = (list: string, app: string): string[] => {
    const scopes = broker?.spec.metadata?.find(({ name }) => name === list)?.value ?? '';
    const own = scopes.split(';').find((scope) => scope.startsWith(`${app}=`)) ?? '';
    return own.replace(`${app}=`, '').split(',').sort();
  };

  it('have one resiliency to a file, since daprd reads no further', () => {
    for (const name of readdirSync(folder)) {
      const text = readFileSync(join(folder, name), 'utf8');
      if (/^kind: Resiliency$/m.test(text)) assert.equal(parseAllDocuments(text).length, 1, name);
    }
  });

  it('let each app subscribe to exactly the topics it has subscriptions for', () => {
    for (const app of ['order-service', 'checkout-service']) {
      const topics = subscriptions.filter(({ scopes }) => scopes?.includes(app)).map(({ spec }) => spec.topic ?? '');
      expect(topicsOf('subscriptionScopes', app)).toStrictEqual(topics.sort());
    }
  });

  it('let the order service publish to every dead-letter topic it names', () => {
    const publishable = topicsOf('publishingScopes', 'order-service');
    for (const { spec } of subscriptions) {
      if (spec.deadLetterTopic) assert.ok(publishable.includes(spec.deadLetterTopic), spec.deadLetterTopic);
    }
  });

  it('give every event that comes in a dead-letter topic that comes back', () => {
    const incoming = subscriptions.filter(({ spec }) => /^\/events\/(?!dead-letter)/.test(spec.routes?.default ?? ''));
    const returning = subscriptions.filter(({ spec }) => spec.routes?.default === '/events/dead-letter');
    expect(incoming).toHaveLength(11);
    expect(incoming.map(({ spec }) => spec.deadLetterTopic).sort()).toStrictEqual(
      returning.map(({ spec }) => spec.topic).sort(),
    );
  });
});

/** As much of a Dapr resource as is looked at here. */
interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly scopes?: readonly string[];
  readonly spec: {
    readonly topic?: string;
    readonly deadLetterTopic?: string;
    readonly routes?: { readonly default: string };
    readonly metadata?: readonly { readonly name: string; readonly value?: string }[];
  };
}
