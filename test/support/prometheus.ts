import assert from 'node:assert/strict';
import { expect } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startGuard } from '../../scripts/guard.js';
import { startProcess } from '../../scripts/managed-process.js';
import { projectRoot } from '../../scripts/paths.js';
import { freePort } from '../../scripts/ports.js';
import type { PrometheusPrograms } from '../../scripts/prometheus.js';
import { poll } from '../../scripts/readiness.js';
import { takeDataFolder } from '../../scripts/run-records.js';

/** One series of an answer, at one moment. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One series of an answer, over a time. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Seconds since 1970, and the value. */
  readonly points: readonly (readonly [time: number, value: number])[];
}

/** A rule as Prometheus sees it. */
export interface LoadedRule {
  readonly name: string;
  readonly query: string;
  readonly health: string;
  readonly type: 'alerting' | 'recording';
  readonly lastError?: string;
  readonly lastEvaluation: string;
  /** Of alerts. */
  readonly state?: 'inactive' | 'pending' | 'firing';
}

/** A Prometheus of the test's own. */
export interface Prometheus {
  query(expression: string): Promise<readonly Sample[]>;
  /** What it answers for each moment of the last `seconds`. */
  range(expression: string, seconds: number, step: number): Promise<readonly Series[]>;
  rules(): Promise<readonly LoadedRule[]>;
  stop(): Promise<void>;
}

/** What it scrapes and evaluates. */
export interface PrometheusOptions {
  /** URLs of metrics pages; the job is order-service. */
  readonly pages: readonly string[];
  readonly ruleFile: string;
}

type Answer =
  | { readonly resultType: 'scalar'; readonly result: readonly [number, string] }
  | {
      readonly resultType: 'vector';
      readonly result: readonly { readonly metric: Sample['metric']; readonly value: readonly [number, string] }[];
    };

/** The programs, or the sentence that says what to install. Waits for it: a test is skipped while it is being defined. */
export const prometheusPrograms = (): PrometheusPrograms | { readonly missing: string } => {
  const script = join(projectRoot, 'dist', 'scripts', 'prometheus.js');
  return JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as
    PrometheusPrograms | { readonly missing: string };
};

const configuration = ({ pages, ruleFile }: PrometheusOptions): string =>
  stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [ruleFile],
    scrape_configs: [
      {
        job_name: 'order-service',
        scrape_timeout: '1s',
        static_configs: [{ targets: pages.map((page) => new URL(page).host) }],
      },
    ],
  });

/** Starts it on a free port of loopback, its data in a temporary folder. It goes when this process dies. */
export const startPrometheus = async (program: string, options: PrometheusOptions): Promise<Prometheus> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'order-service-prometheus-'));
  chmodSync(dataDir, 0o700);
  const guard = startGuard(dataDir, true);
  const records = await takeDataFolder(dataDir, () => undefined);
  const [config, data, port] = [join(dataDir, 'prometheus.yml'), join(dataDir, 'data'), await freePort()];
  mkdirSync(data);
  const ownRules = join(dataDir, 'rules.yaml');
  // Every second, so that a test need not wait.
  writeFileSync(ownRules, readFileSync(options.ruleFile, 'utf8').replaceAll('interval: 30s', 'interval: 1s'));
  writeFileSync(config, configuration({ ...options, ruleFile: ownRules }));
  const args = [
    ...[`--config.file=${config}`, `--storage.tsdb.path=${data}`, `--web.listen-address=127.0.0.1:${port}`],
    '--log.level=warn',
  ];
  const logFile = join(dataDir, 'prometheus.log');
  const handle = await startProcess(
    { name: 'prometheus', command: program, args, env: process.env, cwd: dataDir, logFile },
    { records, onUnexpectedEnd: ({ name }) => assert.fail(`${name} ended unasked`) },
  );

  const get = async <T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> => {
    const url = `http://127.0.0.1:${port}/api/v1/${path}?${new URLSearchParams(query).toString()}`;
    const answer = JSON.parse(await (await fetch(url)).text()) as { status: string; error?: string; data: T };
    assert.equal(answer.status, 'success', `${path} ${JSON.stringify(query)}: ${answer.error ?? ''}`);
    return answer.data;
  };

  const ready = async (): Promise<string | undefined> => {
    try {
      return (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok ? undefined : 'not ready';
    } catch (error) {
      return String(error);
    }
  };
  expect(await poll(ready, 60_000, () => handle.pid !== undefined)).toBeUndefined();

  return {
    query: async (expression) => {
      const { resultType, result } = await get<Answer>('query', { query: expression });
      if (resultType === 'scalar') return [{ metric: {}, value: Number(result[1]) }];
      return result.map(({ metric, value: [, text] }) => ({ metric, value: Number(text) }));
    },
    range: async (expression, seconds, step) => {
      // Whole steps, as Grafana asks for them: the queries of one panel then have their points at the same moments.
      const end = Math.floor(Date.now() / 1_000 / step) * step;
      const moments = { start: String(end - seconds), end: String(end), step: String(step) };
      const { result } = await get<{
        readonly result: readonly {
          readonly metric: Series['metric'];
          readonly values: readonly (readonly [number, string])[];
        }[];
      }>('query_range', { query: expression, ...moments });
      return result.map(({ metric, values }) => ({
        metric,
        points: values.map(([time, value]) => [time, Number(value)] as const),
      }));
    },
    rules: async () => (await get<{ groups: { rules: LoadedRule[] }[] }>('rules')).groups.flatMap(({ rules }) => rules),
    stop: async () => {
      await handle.stop();
      records.release();
      await guard.dismiss();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};
