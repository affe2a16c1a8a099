import { createServer, type RequestListener, type Server } from 'node:http';
import type { Registry } from 'prom-client';
import type { Logger } from 'pino';

/** The metrics page, alone on its port. */
export interface MetricsServer {
  readonly server: Server;
  close(): Promise<void>;
}

/** Writes the metrics in the Prometheus text format; a series that cannot be read is an error, not a gap. */
export const metricsPage =
  (registry: Registry, log: Logger): RequestListener =>
  (_request, response) => {
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      (error: unknown) => {
        log.warn({ err: error }, 'the metrics cannot be read');
        response.writeHead(500).end();
      },
    );
  };

/** Serves a page at `/metrics` alone. */
export const startMetricsServer = (
  page: RequestListener,
  { port, host }: { readonly port: number; readonly host?: string | undefined },
): Promise<MetricsServer> => {
  const server = createServer((request, response) => {
    if (request.url?.split('?')[0] === '/metrics') page(request, response);
    else response.writeHead(404).end();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, () => {
      resolve({
        server,
        close: () =>
          new Promise((done) => {
            server.close(() => {
              done();
            });
            server.closeAllConnections();
          }),
      });
    });
  });
};
