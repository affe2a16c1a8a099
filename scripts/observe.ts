import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { makeOwnFolder } from './files.js';
import { openLog } from './infrastructure.js';
import { type ProcessContext, startServer } from './managed-process.js';
import { mavenJars } from './maven.js';
import { projectRoot } from './paths.js';
import type { WantedPort } from './ports.js';
import { findOrGetPrometheus } from './prometheus.js';
import { answersOk } from './readiness.js';
import type { RunFileApp } from './run-file.js';
import { isReplica } from './process-environment.js';
import { replicaAddress } from './stack-plan.js';

/** Where metrics and traces of a stack can be looked at. */
export interface Observers {
  /** URL of Prometheus. */
  readonly prometheus: string;
  /** URL of Zipkin. */
  readonly zipkin: string;
}

/** What is observed, and where the observers keep their data. */
export interface ObserveOptions {
  readonly dataDir: string;
  readonly apps: readonly RunFileApp[];
  /** Added to every port. */
  readonly offset: number;
  readonly context: ProcessContext;
  progress(line: string): void;
}

const portsAt = (offset: number) => ({ prometheus: 9290 + offset, zipkin: 9411 + offset });

/** The ports of Prometheus and Zipkin, with what they are for. */
export const observerPorts = (offset: number): readonly WantedPort[] =>
  Object.entries(portsAt(offset)).map(([name, port]) => [port, name]);

const spansUrl = (offset: number): string => `http://127.0.0.1:${portsAt(offset).zipkin}/api/v2/spans`;

/** What apps read from the environment to send their spans to Zipkin. */
export const zipkinEnvironment = (offset: number): Readonly<Record<string, string>> => ({
  OTEL_TRACES_EXPORTER: 'zipkin',
  OTEL_EXPORTER_ZIPKIN_ENDPOINT: spansUrl(offset),
});

const configuration = z.looseObject({ spec: z.looseObject({}) });

/** Has the sidecars send their spans to Zipkin: daprd takes its address from the Configuration only. */
export function traceSidecars(apps: readonly RunFileApp[], offset: number): void {
  const tracing = { samplingRate: '1', zipkin: { endpointAddress: spansUrl(offset) } };
  for (const file of new Set(
    apps.flatMap(({ configFilePath = '' }) => (configFilePath === '' ? [] : [configFilePath])),
  )) {
    const content = configuration.parse(parse(readFileSync(file, 'utf8')));
    writeFileSync(file, stringify({ ...content, spec: { ...content.spec, tracing } }));
  }
}

const host = (url: string): string => new URL(url).host;

/** As docs/operations.md says: the replicas as one job, their sidecars as another. */
const prometheusConfiguration = (apps: readonly RunFileApp[]): string => {
  const replicas = apps.filter(isReplica).map((app, index) => host(replicaAddress(app, index + 1).metrics));
  const sidecars = apps.map(({ metricsPort }) => `127.0.0.1:${metricsPort}`);
  return stringify({
    global: { scrape_interval: '5s', evaluation_interval: '15s' },
    rule_files: [join(projectRoot, 'observability', 'alerts', 'order-service.rules.yaml')],
    scrape_configs: [
      { job_name: 'order-service', static_configs: [{ targets: replicas }] },
      { job_name: 'dapr', static_configs: [{ targets: sidecars }] },
    ],
  });
};

/** Starts a Prometheus with the project's rules and a Zipkin. @throws Failure when one cannot be had or does not start */
export async function startObservers(options: ObserveOptions): Promise<Observers> {
  const { prometheus } = await findOrGetPrometheus();
  const jars = await mavenJars('zipkin', [], options.progress);
  const [metrics, traces] = await Promise.all([startPrometheus(options, prometheus), startZipkin(options, jars)]);
  return { prometheus: metrics, zipkin: traces };
}

interface Observer {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Path that answers 200 once it serves. */
  readonly health: string;
  readonly url: string;
}

async function start(observer: Observer, { dataDir, context }: ObserveOptions): Promise<string> {
  const { name, url } = observer;
  const check = answersOk(name, `${url}${observer.health}`);
  await startServer({ ...observer, env: process.env, logFile: openLog(dataDir, name) }, context, check.fault);
  return url;
}

function startPrometheus(options: ObserveOptions, program: string): Promise<string> {
  const cwd = join(options.dataDir, 'prometheus');
  makeOwnFolder(cwd);
  const file = join(cwd, 'prometheus.yml');
  writeFileSync(file, prometheusConfiguration(options.apps));
  const address = `127.0.0.1:${portsAt(options.offset).prometheus}`;
  const args = [`--config.file=${file}`, `--storage.tsdb.path=${join(cwd, 'data')}`, `--web.listen-address=${address}`];
  const observer = { name: 'prometheus', command: program, args, cwd, health: '/-/ready', url: `http://${address}` };
  return start(observer, options);
}

function startZipkin(options: ObserveOptions, jars: string): Promise<string> {
  const cwd = join(options.dataDir, 'zipkin');
  makeOwnFolder(cwd);
  const port = portsAt(options.offset).zipkin;
  const args = [
    ...['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', `${jars}/*`],
    'org.springframework.boot.loader.launch.JarLauncher',
    // On loopback only; QUERY_PORT would listen on every interface.
    ...['--armeria.ports[0].ip=127.0.0.1', `--armeria.ports[0].port=${port}`, '--armeria.ports[0].protocols[0]=http'],
  ];
  const url = `http://127.0.0.1:${port}`;
  return start({ name: 'zipkin', command: 'java', args, cwd, health: '/health', url }, options);
}
