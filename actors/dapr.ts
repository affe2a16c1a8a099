import diagnostics from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { DaprClient, LogLevel, type LoggerService } from '@dapr/dapr';
import type { Logger } from 'pino';
import { traceHeaders } from '../observability/trace-context.js';

/** The SDK logs what it also returns or throws, and its callers record that: below `debug` it would be said twice. */
const sdkLogger = (log: Logger): LoggerService => {
  const write = (message: unknown): void => {
    log.debug({ sdk: String(message) }, 'Dapr SDK');
  };
  return { error: write, warn: write, info: write, verbose: write, debug: write };
};

const ofSdk = (request: ClientRequest): boolean =>
  String(request.getHeader('user-agent') ?? '').startsWith('dapr-sdk-js');

const addTraceHeaders = (message: unknown): void => {
  const { request } = message as { readonly request: ClientRequest };
  if (!ofSdk(request)) return;
  for (const [name, value] of Object.entries(traceHeaders())) request.setHeader(name, value);
};

/**
 * The SDK's client of our own sidecar, for actors, publishing and metadata. Every request of the SDK in this process carries
 * the trace headers of the context it is made in: the SDK sends none and accepts none, so the sidecar would begin a trace of
 * its own. Node publishes each client request on a diagnostics channel before its headers are sent.
 *
 * @param daprApiToken sent with every request, where the sidecar demands one
 */
export const createDaprClient = (daprHttpPort: number, log: Logger, daprApiToken?: string): DaprClient => {
  diagnostics.unsubscribe('http.client.request.created', addTraceHeaders);
  diagnostics.subscribe('http.client.request.created', addTraceHeaders);
  return new DaprClient({
    daprHost: '127.0.0.1',
    daprPort: String(daprHttpPort),
    ...(daprApiToken === undefined ? {} : { daprApiToken }),
    logger: { level: LogLevel.Warn, service: sdkLogger(log) },
  });
};

/** The HTTP status in an error of the SDK's client, whose message is JSON that ends with it; undefined without an answer. */
export const statusOfSdkError = (error: Error): number | undefined => {
  const match = /"status":(\d{3})\}$/.exec(error.message);
  return match === null ? undefined : Number(match[1]);
};
