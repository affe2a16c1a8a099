import { parseRedisAddress, redisHostPort } from '../configs/redis-address.js';
import { otlpEndpoint, otlpProtocol } from '../observability/traces-wanted.js';

/**
 * The settings that a sidecar needs to reach the Redis of the apps. Its component (components/local/pubsub.yaml) takes the
 * parts of a `redis://` or `rediss://` URL one by one; `ORDER_REDIS_ADDR` is the host:port there. Nothing where the
 * variable holds a host:port already.
 */
export function redisOfSidecar(env: NodeJS.ProcessEnv): Record<string, string> {
  const address = env['ORDER_REDIS_ADDR'] ?? '';
  const target = parseRedisAddress(address);
  if (target === undefined || !address.includes('://')) return {};
  const given = env['ORDER_REDIS_PASSWORD'] ?? '';
  const password = given === '' ? (target.password ?? '') : given;
  return {
    ORDER_REDIS_ADDR: redisHostPort(target),
    ORDER_REDIS_USERNAME: target.username ?? '',
    ORDER_REDIS_PASSWORD: password,
  };
}

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
