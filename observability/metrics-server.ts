import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';
import type { Logger } from 'pino';

/** The metrics page, alone on its port. */
export interface MetricsServer {
  readonly server: Server;
  close(): Promise<void>;
}

/** Serves `/metrics` in the Prometheus text format; a series that cannot be read is an error, not a gap. */
export const startMetricsServer = (
  registry: Registry,
  { port, host }: { readonly port: number; readonly host?: string | undefined },
  log: Logger,
): Promise<MetricsServer> => {
  const server = createServer((request, response) => {
    if (request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      (error: unknown) => {
        log.warn({ err: error }, 'the metrics cannot be read');
        response.writeHead(500).end();
      },
    );
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
