import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../../scripts/paths.js';
import { dashboards, filledIn, type Panel, ruleFile, rules, ruleTestFile } from '../../support/dashboards.js';
import { prometheusPrograms } from '../../support/prometheus.js';
import { itUnless } from '../../support/skip.js';
import { selected } from '../../support/promql.js';
import { registered, seriesOf } from '../../support/registry.js';

/** What Prometheus itself adds to every target. */
const ofPrometheus = new Map<string, readonly string[]>([['up', []]]);
const known = new Map([...ofPrometheus, ...registered().flatMap(seriesOf)]);
const recorded = new Map(
  rules().flatMap(({ record }) => (record === undefined ? [] : [[record, [] as string[]] as const])),
);
const ofTheScrape = ['job', 'instance'];
const sameEverywhere = registered()
  .filter(({ help }) => help.includes('The same on every replica'))
  .map(({ name }) => name);

/** What is wrong with an expression: series and labels that nobody exports, and figures added up that must not be. */
const faultsOf = (expression: string): readonly string[] => {
  const { series, by } = selected(expression);
  const labels = new Set(ofTheScrape);
  const faults: string[] = [];
  for (const { name, labels: used } of series) {
    const own = known.get(name) ?? recorded.get(name);
    if (own === undefined) faults.push(`there is no series ${name}`);
    for (const label of [...(own ?? []), ...(recorded.has(name) ? by : [])]) labels.add(label);
    for (const label of used)
      if (!ofTheScrape.includes(label) && own?.includes(label) === false) faults.push(`${name} has no label ${label}`);
    if (sameEverywhere.includes(name) && !new RegExp(`max( by \\([^)]*\\))? ?\\(${name}\\b`).test(expression))
      faults.push(`${name} is the same on every replica: use max`);
  }
  for (const label of by) if (!labels.has(label)) faults.push(`no series has the label ${label}`);
  return faults;
};

const overlap = (a: Panel['gridPos'], b: Panel['gridPos']): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

describe('dashboards', () => {
  it('are three, importable anywhere', () => {
    expect(dashboards().map(({ file }) => file)).toStrictEqual(['business.json', 'fulfilment.json', 'service.json']);
    // The former service's links lead to these.
    expect(dashboards().map(({ uid }) => uid)).toStrictEqual([
      'ecommerce-overview',
      'order-fulfillment',
      'order-service',
    ]);
    for (const { file, title, schemaVersion, templating } of dashboards()) {
      assert.ok(title !== '' && schemaVersion >= 39, file);
      expect(templating.list.map(({ name, type }) => [name, type])).toStrictEqual([
        ['datasource', 'datasource'],
        ['job', 'query'],
      ]);
    }
  });

  it.each(dashboards())(
    '$file has panels that stand side by side and say what they show',
    ({ file: _file, panels }) => {
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      for (const [index, panel] of panels.entries()) {
        const { title, gridPos, type, description, fieldConfig, targets = [] } = panel;
        assert.ok(gridPos.x >= 0 && gridPos.x + gridPos.w <= 24, title);
        for (const other of panels.slice(index + 1))
          assert.ok(!overlap(gridPos, other.gridPos), `${title} lies on ${other.title}`);
        if (type === 'row') continue;
        assert.match(description ?? '', /^\w.{5,}\.$/s, title);
        assert.ok(fieldConfig?.defaults.unit !== undefined, `${title} has no unit`);
        assert.ok(targets.length > 0, title);
        for (const { legendFormat, datasource } of targets) {
          assert.notEqual(legendFormat, '', title);
          assert.deepEqual(datasource, { type: 'prometheus', uid: '${datasource}' }, title);
        }
      }
    },
  );

  it('ask for what there is, of the job that was chosen', () => {
    const faults: string[] = [];
    for (const { file, panels, annotations } of dashboards()) {
      const asked = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const));
      const marked = annotations.list.flatMap(({ expr }) =>
        expr === undefined ? [] : [['annotation', expr] as const],
      );
      for (const [title, expr] of [...asked, ...marked]) {
        faults.push(...faultsOf(filledIn(expr)).map((fault) => `${file}: ${title}: ${fault}`));
        const selectors = selected(filledIn(expr)).series.length;
        assert.equal(expr.split('job="$job"').length - 1, selectors, `${title} asks all jobs`);
      }
    }
    expect(faults).toStrictEqual([]);
  });
});

describe('alert rules', () => {
  const alerts = rules().filter(({ alert }) => alert !== undefined);

  it('ask for what there is', () => {
    expect(
      rules().flatMap(({ alert, record, expr }) => faultsOf(expr).map((fault) => `${alert ?? record ?? ''}: ${fault}`)),
    ).toStrictEqual([]);
  });

  it('say what is wrong, how bad it is, and where it stands what to do', () => {
    const page = readFileSync(join(projectRoot, 'docs', 'operations.md'), 'utf8');
    const anchors = [...page.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading!.toLowerCase());
    for (const { alert = '', labels = {}, annotations = {}, for: duration } of alerts) {
      assert.match(labels['severity'] ?? '', /^(page|ticket)$/, alert);
      assert.ok(duration !== undefined, `${alert} fires at the first look`);
      for (const name of ['summary', 'description'])
        assert.ok((annotations[name] ?? '').length > 10, `${alert}: ${name}`);
      expect(annotations['runbook_url']).toBe(`docs/operations.md#${alert.toLowerCase()}`);
      assert.ok(anchors.includes(alert.toLowerCase()), `docs/operations.md has no section ${alert}`);
    }
    expect(anchors.filter((anchor) => anchor.startsWith('order')).sort()).toStrictEqual(
      alerts.map(({ alert = '' }) => alert.toLowerCase()).sort(),
    );
  });

  it('are all made to fire by a unit test', () => {
    const tests = readFileSync(ruleTestFile, 'utf8');
    for (const { alert = '' } of alerts) assert.ok(tests.includes(`ALERTS{alertname="${alert}"`), alert);
  });

  describe('to promtool', () => {
    const programs = prometheusPrograms();
    const missing = 'missing' in programs && programs.missing;

    for (const [what, file] of [
      ['check', ruleFile],
      ['test', ruleTestFile],
    ] as const)
      itUnless(missing)(`are good: ${what} rules`, () => {
        assert.ok(!('missing' in programs));
        const { status, stdout, stderr } = spawnSync(programs.promtool, [what, 'rules', file], { encoding: 'utf8' });
        assert.equal(status, 0, `${stdout}${stderr}`);
      });
  });
});
