import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { NodeSDK, tracing } from '@opentelemetry/sdk-node';

/**
 * Tracing by the usual OTEL_* variables; spans leave only where an exporter is named. Imported before anything that
 * speaks HTTP, so that every request has a trace (W3C) even when nobody collects it.
 */
process.env['OTEL_SERVICE_NAME'] ??= 'order-service';
const collected = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_TRACES_EXPORTER'].some(
  (name) => process.env[name] !== undefined,
);
process.env['OTEL_METRICS_EXPORTER'] ??= 'none';
process.env['OTEL_LOGS_EXPORTER'] ??= 'none';

const sdk = new NodeSDK({
  // Where nobody collects, nothing is recorded; trace ids are made and handed on all the same.
  ...(collected ? {} : { sampler: new tracing.AlwaysOffSampler(), spanProcessors: [new tracing.NoopSpanProcessor()] }),
  instrumentations: [
    new HttpInstrumentation({
      disableOutgoingRequestInstrumentation: true,
      ignoreIncomingRequestHook: ({ url }) => url === '/healthz' || url === '/livez' || url === '/readyz',
    }),
  ],
});
sdk.start();

/** Sends what is still to be sent. */
export const stopTracing = (): Promise<void> => sdk.shutdown();
