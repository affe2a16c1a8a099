import { STATUS_CODES } from 'node:http';
import { DaprClient, LogLevel, type LoggerService } from '@dapr/dapr';
// The package has no exports map and does not export its HTTP client; its version is pinned (docs/adr/0020-dapr-sdk.md).
import HTTPClient from '@dapr/dapr/implementation/Client/HTTPClient/HTTPClient.js';
import type { Logger } from 'pino';
import { Agent } from 'undici';
import { traceHeaders } from '../observability/spans.js';

/** The SDK logs what it also returns or throws, and its callers record that: below `debug` it would be said twice. */
const sdkLogger = (log: Logger): LoggerService => {
  const write = (message: unknown): void => {
    log.debug({ sdk: String(message) }, 'Dapr SDK');
  };
  return { error: write, warn: write, info: write, verbose: write, debug: write };
};

/** A request of the SDK, as it gives it to its `fetch`. */
interface SdkRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What the SDK reads of an answer. */
interface SdkAnswer {
  readonly status: number;
  readonly statusText: string;
  text(): Promise<string>;
}

/**
 * The SDK's `fetch`, over keep-alive connections without a limit, as its own has: `node-fetch` costs an actor call three
 * times as much CPU. Each request carries the trace headers of the context it is made in: the SDK sends none and accepts
 * none, so the sidecar would begin a trace of its own.
 */
const fetchOver =
  (agent: Agent) =>
  async (url: string, { method, headers, body = '' }: SdkRequest): Promise<SdkAnswer> => {
    const { origin, pathname, search } = new URL(url);
    const answer = await agent.request({
      origin,
      path: `${pathname}${search}`,
      method,
      headers: { ...headers, ...traceHeaders() },
      body: body.length === 0 ? null : body,
    });
    const { statusCode } = answer;
    return {
      status: statusCode,
      statusText: STATUS_CODES[statusCode] ?? '',
      text: () => answer.body.text(),
    };
  };

/** The SDK keeps its `fetch` in one place for all its clients, and takes one that is there. */
const useFetch = (fetch: ReturnType<typeof fetchOver>): void => {
  (HTTPClient as unknown as { client: typeof fetch }).client = fetch;
};

/**
 * The SDK's client of our own sidecar, for actors, publishing and metadata.
 *
 * @param daprApiToken sent with every request, where the sidecar demands one
 */
export const createDaprClient = (daprHttpPort: number, log: Logger, daprApiToken?: string): DaprClient => {
  useFetch(fetchOver(new Agent({ keepAliveTimeout: 60_000 })));
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
