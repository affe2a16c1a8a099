import type { ServiceName } from '../config.js';

/** How the other services are reached. */
export interface ServiceAccess {
  /** The sidecar's HTTP API, such as `http://127.0.0.1:3504`. */
  readonly sidecar: string;
  /** The token that the sidecar demands, if any. Services that are reached directly never receive it. */
  readonly daprApiToken?: string | undefined;
  /** URL where a service is reached directly; undefined: by Dapr service invocation of `<name>-service`. */
  readonly addressOf: (service: ServiceName) => string | undefined;
}

/** A URL as undici takes it, with the headers that getting there needs. */
export interface ServiceUrl {
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where a path of a service is: the one place that decides this, for calls and for dependency health alike. */
export const serviceUrl = (
  { sidecar, daprApiToken, addressOf }: ServiceAccess,
  service: ServiceName,
  path: string,
): ServiceUrl => {
  const direct = addressOf(service);
  const base = direct ?? `${sidecar}/v1.0/invoke/${service}-service/method`;
  const url = new URL(base.replace(/\/+$/, '') + path);
  const headers = direct === undefined && daprApiToken !== undefined ? { 'dapr-api-token': daprApiToken } : {};
  return { origin: url.origin, path: url.pathname, headers };
};

/** Those whose health is always shown: orders depend on them. */
const alwaysShown = ['catalog', 'pricing', 'warehouse', 'payment'] as const satisfies readonly ServiceName[];

/**
 * The health of the services to show, each by its name.
 *
 * @param configured the services for which an address is set
 */
export const healthUrls = (
  access: ServiceAccess,
  configured: readonly ServiceName[],
): readonly (readonly [ServiceName, ServiceUrl])[] =>
  [...new Set<ServiceName>([...alwaysShown, ...configured])].map((name) => [name, serviceUrl(access, name, '/health')]);
