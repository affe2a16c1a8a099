import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { otlpEndpoint, tracesWanted } from '../../../observability/traces-wanted.js';
import { projectRoot } from '../../../scripts/paths.js';
import { tracingOfSidecar } from '../../../scripts/sidecar-environment.js';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
const silent = { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '' };

/** A process that traces by this environment: what its spans are like, inside a recorded trace and outside of any. */
const spansOf = (env: Record<string, string>) => {
  const script = `
    const { startTracing } = require('./dist/observability/tracing.js');
    const { contextIn, inEntrySpan, isSampled, traceIdOf } = require('./dist/observability/spans.js');
    startTracing('probe', console.error);
    const look = (headers) => inEntrySpan('x', {}, contextIn(headers), async (_span, within) => [traceIdOf(within) !== undefined, isSampled(within)]);
    Promise.all([look({}), look({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' })])
      .then((seen) => { console.log(JSON.stringify(seen)); process.exit(0); });`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
    cwd: projectRoot,
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  const [[id, alone], [idInside, inside]] = JSON.parse(stdout) as [[boolean, boolean], [boolean, boolean]];
  // every span has a trace id
  expect(id && idInside).toBe(true);
  return { alone, inside };
};

describe('traces', () => {
  it.each([
    ['nothing is said', {}],
    ['all that is said is empty', { ...silent, OTEL_TRACES_EXPORTER: '' }],
    ['OTEL_SDK_DISABLED=true', { ...endpoint, OTEL_SDK_DISABLED: 'true' }],
    ['OTEL_TRACES_EXPORTER=none', { ...endpoint, OTEL_TRACES_EXPORTER: 'none' }],
  ] as const)('are not collected where %s, but have ids', (_what, env) => {
    expect(tracesWanted(env)).toBe(false);
    expect(tracingOfSidecar(env)).toStrictEqual(silent);
    expect(spansOf(env)).toStrictEqual({ alone: false, inside: false });
  });

  it('are collected where an endpoint or an exporter is named', () => {
    for (const env of [
      endpoint,
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c/v1/traces' },
      { OTEL_TRACES_EXPORTER: 'otlp' },
    ])
      expect(tracesWanted(env)).toBe(true);
    expect(spansOf(endpoint)).toStrictEqual({ alone: true, inside: true });
  });

  it('are sampled as the usual variables say', () => {
    expect(spansOf({ ...endpoint, OTEL_TRACES_SAMPLER: 'always_off' })).toStrictEqual({ alone: false, inside: false });
    const ratio = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };
    expect(spansOf({ ...endpoint, ...ratio })).toStrictEqual({ alone: false, inside: true });
  });

  it('leave where OpenTelemetry has them leave by default', () => {
    expect(otlpEndpoint({ OTEL_TRACES_EXPORTER: 'otlp' })).toBe('http://localhost:4318');
    expect(otlpEndpoint({ ...endpoint, OTEL_TRACES_EXPORTER: 'console' })).toBeUndefined();
    expect(otlpEndpoint({ ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://own' })).toBe('http://own');
  });

  it('of sidecars go where those of the apps go', () => {
    const sidecar = (env: NodeJS.ProcessEnv) => {
      const told = tracingOfSidecar(env);
      expect(told['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']).toBe('');
      return ['ENDPOINT', 'PROTOCOL', 'INSECURE'].map((name) => told[`OTEL_EXPORTER_OTLP_${name}`]);
    };
    expect(sidecar(endpoint)).toStrictEqual(['http://collector:4318', 'http/protobuf', 'true']);
    const own = { ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://own.example:443/v1/traces' };
    expect(sidecar(own)).toStrictEqual(['https://own.example', 'http/protobuf', 'false']);
    const grpc = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    expect(sidecar(grpc)).toStrictEqual(['collector:4317', 'grpc', undefined]);
  });
});
