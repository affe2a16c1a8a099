import { otlpEndpoint, otlpProtocol } from '../observability/traces-wanted.js';

/**
 * The settings that a sidecar needs to send its spans where the apps send theirs. It reads the usual variables by itself
 * (daprd, pkg/config/configuration.go), but takes gRPC with TLS for granted, no path in the endpoint, and knows no
 * off-switch. Without an endpoint it records nothing and hands traces on.
 */
export function tracingOfSidecar(env: NodeJS.ProcessEnv): Record<string, string> {
  const endpoint = otlpEndpoint(env);
  const nowhere = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '' };
  if (endpoint === undefined) return { ...nowhere, OTEL_EXPORTER_OTLP_ENDPOINT: '' };
  const isUrl = /^https?:\/\//.test(endpoint);
  return {
    ...nowhere,
    OTEL_EXPORTER_OTLP_ENDPOINT: isUrl ? new URL(endpoint).origin : endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: otlpProtocol(env),
    ...(isUrl ? { OTEL_EXPORTER_OTLP_INSECURE: String(endpoint.startsWith('http://')) } : {}),
  };
}
