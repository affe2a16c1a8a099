import { Pool } from 'undici';
import type { CloudEvent } from './cloud-event.js';
import { inInvocationSpan, inPublishSpan } from './spans.js';

/** An answer that came back through service invocation. */
export interface InvocationAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** The sandbox's own Dapr sidecar. Every call throws when the sidecar is not there. */
export interface Sidecar {
  /** `POST` to a method of another app; answers whatever comes back, error statuses included. */
  invoke(appId: string, method: string, headers: Record<string, string>, body: Buffer): Promise<InvocationAnswer>;
  /** Publishes on the topic that is the event's type. Throws `PublishError` when the broker did not take it. */
  publish(event: CloudEvent): Promise<void>;
  close(): Promise<void>;
}

/** The sidecar answered, but the event did not get to the broker. */
export class PublishError extends Error {
  override readonly name = 'PublishError';
}

const PUBSUB = 'pubsub';
/** Longer than the order service rides out a failover (10 s). */
const INVOKE_TIMEOUT_MS = 30_000;
const PUBLISH_TIMEOUT_MS = 10_000;

/** A keep-alive client of the sidecar on this machine. `apiToken` is the sidecar's own API token, where it demands one. */
export function createSidecar(deps: { port: number; apiToken?: string | undefined; connections?: number }): Sidecar {
  const pool = new Pool(`http://127.0.0.1:${String(deps.port)}`, {
    connections: deps.connections ?? 64,
    keepAliveTimeout: 30_000,
    connectTimeout: 2000,
  });
  const token: Record<string, string> = deps.apiToken === undefined ? {} : { 'dapr-api-token': deps.apiToken };

  return {
    invoke: (appId, method, headers, body) =>
      inInvocationSpan(appId, `/${method}`, async (trace) => {
        const answer = await pool.request({
          method: 'POST',
          path: `/v1.0/invoke/${appId}/method/${method}`,
          headers: { ...headers, ...trace, ...token },
          body,
          headersTimeout: INVOKE_TIMEOUT_MS,
          bodyTimeout: INVOKE_TIMEOUT_MS,
        });
        return {
          status: answer.statusCode,
          headers: answer.headers,
          body: Buffer.from(await answer.body.arrayBuffer()),
        };
      }),
    publish: (event) =>
      inPublishSpan(event, async (trace) => {
        const answer = await pool.request({
          method: 'POST',
          path: `/v1.0/publish/${PUBSUB}/${encodeURIComponent(event.type)}`,
          headers: { 'content-type': 'application/cloudevents+json', ...trace, ...token },
          body: JSON.stringify(event),
          headersTimeout: PUBLISH_TIMEOUT_MS,
          bodyTimeout: PUBLISH_TIMEOUT_MS,
        });
        const text = await answer.body.text();
        if (answer.statusCode < 200 || answer.statusCode > 299) {
          throw new PublishError(`the sidecar answered ${String(answer.statusCode)}: ${text.slice(0, 300)}`);
        }
      }),
    close: () => pool.destroy(),
  };
}
