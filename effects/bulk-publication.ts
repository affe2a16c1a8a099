import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { parseJson } from './json-text.js';

/** What publishing several events with one request needs. */
export interface BulkDeps {
  /** Keep-alive connections to the sidecar. */
  readonly http: Dispatcher;
  /** The sidecar's HTTP API, such as `http://127.0.0.1:3504`. */
  readonly sidecar: string;
  /** The token that the sidecar demands, if any. */
  readonly daprApiToken?: string | undefined;
  /** Name of the pub/sub component. */
  readonly pubsub: string;
  readonly timeoutMs: number;
}

/** The event of one journal entry (docs/events.md). Personal data stays in the journal. */
export interface OrderEvent {
  readonly specversion: '1.0';
  /** `<order id>:<version>` */
  readonly id: string;
  readonly source: 'order-service';
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** The order's version: 1, 2, 3 … without a gap. */
  readonly sequence: number;
  readonly traceparent?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event on its way. */
export interface Publication {
  readonly event: OrderEvent;
  /** Its name within a bulk, different for each publication of this process. */
  readonly entryId: string;
  /** Headers of its trace. */
  readonly trace: Readonly<Record<string, string>>;
}

/** How it ended. */
export interface Published {
  readonly error?: Error | undefined;
}

/** Dapr's answer where not all was published. The SDK reads another spelling of `entryId`, and so sees no failure. */
const failureSchema = z.object({
  failedEntries: z.array(z.object({ entryId: z.string(), error: z.string().default('no reason given') })).min(1),
});

/**
 * Publishes events of one topic with one request
 * (https://docs.dapr.io/reference/api/pubsub_api/#publish-multiple-messages-to-a-given-topic). Answers how each of them ended:
 * those that Dapr does not name as failed are published; where it names none, none is known to be. Undefined: the sidecar does
 * not take bulks, as where its list of allowed routes is of an older release.
 *
 * @param rows the entries, as a JSON array
 */
export const publishBulk = async (
  { http, sidecar, daprApiToken, pubsub, timeoutMs }: BulkDeps,
  topic: string,
  publications: readonly Publication[],
  rows: string,
): Promise<readonly (Published | undefined)[]> => {
  const all = (error: Error): readonly Published[] => publications.map(() => ({ error }));
  const token = daprApiToken === undefined ? {} : { 'dapr-api-token': daprApiToken };
  try {
    const { statusCode, body } = await http.request({
      origin: sidecar,
      path: `/v1.0/publish/bulk/${pubsub}/${topic}`,
      method: 'POST',
      // The sidecar's span belongs to one trace: that of the first event.
      headers: { 'content-type': 'application/json', ...publications[0]?.trace, ...token },
      body: rows,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await body.text();
    if (statusCode >= 200 && statusCode < 300) return publications.map(() => ({}));
    const failure = failureSchema.safeParse(parseJson(text));
    if (!failure.success && statusCode < 500) return publications.map(() => undefined);
    if (!failure.success) return all(new Error(`HTTP ${statusCode} ${text.slice(0, 200)}`));
    const errors = new Map(failure.data.failedEntries.map(({ entryId, error }) => [entryId, error]));
    return publications.map(({ entryId }) => {
      const error = errors.get(entryId);
      return error === undefined ? {} : { error: new Error(`HTTP ${statusCode} ${error}`) };
    });
  } catch (error) {
    return all(new Error(String(error)));
  }
};
