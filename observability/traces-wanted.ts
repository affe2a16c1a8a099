/** Where traces go when OTEL_TRACES_EXPORTER says `otlp` and nothing says where (OpenTelemetry's own default). */
const defaultEndpoint = 'http://localhost:4318';

/** An empty variable counts as not set. */
const given = (env: NodeJS.ProcessEnv, name: string): string | undefined => {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
};

const exporters = (env: NodeJS.ProcessEnv): readonly string[] =>
  (given(env, 'OTEL_TRACES_EXPORTER') ?? '').split(',').filter((name) => name !== '');

const endpoint = (env: NodeJS.ProcessEnv): string | undefined =>
  given(env, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') ?? given(env, 'OTEL_EXPORTER_OTLP_ENDPOINT');

/**
 * Whether traces are to be collected, by the usual variables: an exporter or an endpoint is named, and neither
 * OTEL_SDK_DISABLED nor OTEL_TRACES_EXPORTER=none says no.
 */
export const tracesWanted = (env: NodeJS.ProcessEnv): boolean => {
  const named = exporters(env);
  if (given(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || named.includes('none')) return false;
  return named.length > 0 || endpoint(env) !== undefined;
};

/** Where they go by OTLP, as given, or undefined where they do not. */
export const otlpEndpoint = (env: NodeJS.ProcessEnv): string | undefined => {
  const named = exporters(env);
  if (!tracesWanted(env) || (named.length > 0 && !named.includes('otlp'))) return undefined;
  return endpoint(env) ?? defaultEndpoint;
};

/** How they are spoken (`http/protobuf` by default, as OpenTelemetry has it). */
export const otlpProtocol = (env: NodeJS.ProcessEnv): string =>
  given(env, 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? given(env, 'OTEL_EXPORTER_OTLP_PROTOCOL') ?? 'http/protobuf';
