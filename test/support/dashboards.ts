import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectRoot } from '../../scripts/paths.js';

/** A query of a panel. */
export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}

/** Which colour a value has. */
interface Mapping {
  readonly options: Readonly<Record<string, { readonly color: string }>>;
}

/** A panel, as far as tests look at it. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string; readonly mappings?: readonly Mapping[] } };
  readonly targets?: readonly Target[];
}

/** A Grafana dashboard, as far as tests look at it. */
export interface Dashboard {
  readonly file: string;
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
  readonly annotations: { readonly list: readonly { readonly expr?: string }[] };
  readonly panels: readonly Panel[];
}

const folder = join(projectRoot, 'observability', 'dashboards');

/** The dashboards of this service. */
export const dashboards = (): readonly Dashboard[] =>
  readdirSync(folder).map((file) => ({
    ...(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<Dashboard, 'file'>),
    file,
  }));

/** A query as Grafana sends it, its variables filled in. */
export const filledIn = (expression: string, range = '5m'): string =>
  expression.replaceAll('$job', 'order-service').replaceAll('$__rate_interval', range).replaceAll('$__range', range);

/** An alert or a recording rule. */
export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const ruleFile = join(projectRoot, 'observability', 'alerts', 'order-service.rules.yaml');
export const ruleTestFile = join(projectRoot, 'observability', 'alerts', 'order-service.test.yaml');

/** The rules of this service. */
export const rules = (): readonly Rule[] =>
  (
    parse(readFileSync(ruleFile, 'utf8')) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }
  ).groups.flatMap((group) => group.rules);
