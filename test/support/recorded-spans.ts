import { NodeSDK, tracing } from '@opentelemetry/sdk-node';

/** The spans that this process makes, kept where a test can look at them. */
export interface RecordedSpans {
  /** Those that have ended, in the order of their ends. */
  ended(): readonly tracing.ReadableSpan[];
  forget(): void;
  stop(): Promise<void>;
}

/** Records every span of this process from now on. Once a process. */
export const recordSpans = (): RecordedSpans => {
  const exporter = new tracing.InMemorySpanExporter();
  const sdk = new NodeSDK({
    ...{ autoDetectResources: false, metricReaders: [], logRecordProcessors: [] },
    spanProcessors: [new tracing.SimpleSpanProcessor(exporter)],
  });
  sdk.start();
  return {
    ended: () => exporter.getFinishedSpans(),
    forget: () => {
      exporter.reset();
    },
    stop: () => sdk.shutdown(),
  };
};
