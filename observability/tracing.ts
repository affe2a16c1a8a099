import { diag, DiagLogLevel } from '@opentelemetry/api';
import { NodeSDK, tracing } from '@opentelemetry/sdk-node';
import { tracesWanted } from './traces-wanted.js';

/** The spans left at the end have this long to leave. */
const patienceMs = 3_000;

const givenUp = (): Promise<never> =>
  new Promise((_resolve, reject) => {
    setTimeout(() => {
      reject(new Error(`no answer within ${patienceMs} ms`));
    }, patienceMs).unref();
  });

/** While no collector accepts the spans, every batch fails: it is said once a minute. */
const tellTrouble = (onTrouble: (message: string) => void): void => {
  let next = 0;
  const quiet = (): void => undefined;
  const error = (message: string): void => {
    if (performance.now() < next) return;
    next = performance.now() + 60_000;
    onTrouble(message);
  };
  diag.setLogger({ error, warn: quiet, info: quiet, debug: quiet, verbose: quiet }, DiagLogLevel.ERROR);
};

/**
 * Tracing by the usual OTEL_* variables. Where no collector is configured, nothing is recorded, but trace ids are made and handed on
 * all the same, so that every answer has one.
 *
 * @param serviceName unless OTEL_SERVICE_NAME gives another
 * @param onTrouble called when spans cannot be sent, unless OTEL_LOG_LEVEL has OpenTelemetry say so itself
 * @returns sends what is still to be sent; rejects where that is not possible
 */
export const startTracing = (serviceName: string, onTrouble: (message: string) => void): (() => Promise<void>) => {
  const { env } = process;
  if (env['OTEL_LOG_LEVEL'] === undefined) tellTrouble(onTrouble);
  const wanted = tracesWanted(env);
  env['OTEL_SERVICE_NAME'] ??= serviceName;
  env['OTEL_METRICS_EXPORTER'] ??= 'none';
  env['OTEL_LOGS_EXPORTER'] ??= 'none';
  // Not the machine's and the process's: user names and paths stand in them.
  env['OTEL_NODE_RESOURCE_DETECTORS'] ??= 'env,serviceinstance';
  // The SDK would not even make trace ids.
  if (!wanted) env['OTEL_SDK_DISABLED'] = 'false';
  const sdk = new NodeSDK(
    wanted ? {} : { sampler: new tracing.AlwaysOffSampler(), spanProcessors: [new tracing.NoopSpanProcessor()] },
  );
  sdk.start();
  return () => Promise.race([sdk.shutdown(), givenUp()]);
};
