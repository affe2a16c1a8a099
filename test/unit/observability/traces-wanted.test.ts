import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { otlpEndpoint, tracesWanted } from '../../../observability/traces-wanted.js';
import { projectRoot } from '../../../scripts/paths.js';
import { tracingOfSidecar } from '../../../scripts/sidecar-tracing.js';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
const silent = { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '' };

/** A process that traces by this environment: what its spans are like, inside a recorded trace and outside of any. */
const spansOf = (env: Record<string, string>) => {
  const script = `
    const { startTracing } = require('./dist/observability/tracing.js');
    const { inEntrySpan, isSampled } = require('./dist/observability/spans.js');
    const { contextIn, traceIdOf } = require('./dist/observability/trace-context.js');
    startTracing('probe', console.error);
    const look = (headers) => inEntrySpan('x', {}, contextIn(headers), async (_span, within) => [traceIdOf(within) !== undefined, isSampled(within)]);
    Promise.all([look({}), look({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' })])
      .then((seen) => { console.log(JSON.stringify(seen)); process.exit(0); });`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
    cwd: projectRoot,
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  const [[id, alone], [idInside, inside]] = JSON.parse(stdout) as [[boolean, boolean], [boolean, boolean]];
  assert.ok(id && idInside, 'every span has a trace id');
  return { alone, inside };
};

describe('traces', () => {
  for (const [what, env] of [
    ['nothing is said', {}],
    ['all that is said is empty', { ...silent, OTEL_TRACES_EXPORTER: '' }],
    ['OTEL_SDK_DISABLED=true', { ...endpoint, OTEL_SDK_DISABLED: 'true' }],
    ['OTEL_TRACES_EXPORTER=none', { ...endpoint, OTEL_TRACES_EXPORTER: 'none' }],
  ] as const)
    it(`are not collected where ${what}, but have ids`, () => {
      assert.equal(tracesWanted(env), false);
      assert.deepEqual(tracingOfSidecar(env), silent);
      assert.deepEqual(spansOf(env), { alone: false, inside: false });
    });

  it('are collected where an endpoint or an exporter is named', () => {
    for (const env of [
      endpoint,
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c/v1/traces' },
      { OTEL_TRACES_EXPORTER: 'otlp' },
    ])
      assert.equal(tracesWanted(env), true);
    assert.deepEqual(spansOf(endpoint), { alone: true, inside: true });
  });

  it('are sampled as the usual variables say', () => {
    assert.deepEqual(spansOf({ ...endpoint, OTEL_TRACES_SAMPLER: 'always_off' }), { alone: false, inside: false });
    const ratio = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };
    assert.deepEqual(spansOf({ ...endpoint, ...ratio }), { alone: false, inside: true });
  });

  it('leave where OpenTelemetry has them leave by default', () => {
    assert.equal(otlpEndpoint({ OTEL_TRACES_EXPORTER: 'otlp' }), 'http://localhost:4318');
    assert.equal(otlpEndpoint({ ...endpoint, OTEL_TRACES_EXPORTER: 'console' }), undefined);
    assert.equal(otlpEndpoint({ ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://own' }), 'http://own');
  });

  it('of sidecars go where those of the apps go', () => {
    const sidecar = (env: NodeJS.ProcessEnv) => {
      const told = tracingOfSidecar(env);
      assert.equal(told['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'], '');
      return ['ENDPOINT', 'PROTOCOL', 'INSECURE'].map((name) => told[`OTEL_EXPORTER_OTLP_${name}`]);
    };
    assert.deepEqual(sidecar(endpoint), ['http://collector:4318', 'http/protobuf', 'true']);
    const own = { ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://own.example:443/v1/traces' };
    assert.deepEqual(sidecar(own), ['https://own.example', 'http/protobuf', 'false']);
    const grpc = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    assert.deepEqual(sidecar(grpc), ['collector:4317', 'grpc', undefined]);
  });
});
