import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { type CollectedSpan, readSpans } from './otlp.js';

/** An OTLP/HTTP collector inside a test: takes traces from apps and sidecars, and keeps them. */
export interface Collector {
  /** For the environment of a stack: apps and sidecars send here, and soon. */
  readonly env: Readonly<Record<string, string>>;
  /** All spans so far. */
  spans(): readonly CollectedSpan[];
  /** Whether these characters came in at all, in whatever field of whatever signal. */
  mentions(text: string): boolean;
  /** Bytes and requests so far, by path. */
  received(): Readonly<Record<string, { readonly requests: number; readonly bytes: number }>>;
  close(): Promise<void>;
}

/** Starts a collector on a port of its own. */
export const startCollector = async (): Promise<Collector> => {
  const bodies: { readonly path: string; readonly body: Buffer }[] = [];
  const spans: CollectedSpan[] = [];
  const faults: unknown[] = [];
  const server = createServer((request, response) => {
    void buffer(request)
      .then((sent) => (request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent))
      .then((body) => {
        const path = request.url ?? '';
        bodies.push({ path, body });
        if (path === '/v1/traces') spans.push(...readSpans(body));
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      })
      .catch((error: unknown) => {
        faults.push(error);
        response.writeHead(400).end();
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  /** What could not be read must not go unnoticed. */
  const sound = <T>(value: T): T => {
    if (faults.length > 0) throw new AggregateError(faults, 'the collector got what it cannot read');
    return value;
  };

  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_BSP_SCHEDULE_DELAY: '200',
    },
    spans: () => sound([...spans]),
    mentions: (text) => sound(bodies.some(({ body }) => body.includes(text))),
    received: () => {
      const result: Record<string, { requests: number; bytes: number }> = {};
      for (const { path, body } of bodies) {
        const entry = (result[path] ??= { requests: 0, bytes: 0 });
        entry.requests += 1;
        entry.bytes += body.length;
      }
      return result;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
