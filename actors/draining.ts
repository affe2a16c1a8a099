import type { Server, ServerResponse } from 'node:http';

/** Ends an HTTP server without breaking what its clients have begun. */
export interface Draining {
  /** From now on every answer closes its connection, so that its client opens the next one, elsewhere perhaps. */
  partWithClients(): void;
  /** Takes no new connections, waits for the requests at hand, and cuts off what is not done in time. */
  close(): Promise<void>;
}

/**
 * To be called before the server gets its first request. Without this, a request that ends after `server.close()` leaves
 * its connection open until the keep-alive time-out, and the server with it.
 *
 * @param drainMs how long requests may still take once it is closed; by default as long as a command may take
 */
export const drainable = (server: Server, drainMs = 10_000): Draining => {
  const unanswered = new Set<ServerResponse>();
  let parting = false;

  const part = (response: ServerResponse): void => {
    if (!response.headersSent) response.setHeader('Connection', 'close');
  };

  // Before the app, which may answer at once.
  server.prependListener('request', (_request, response: ServerResponse) => {
    if (parting) part(response);
    unanswered.add(response);
    response.once('close', () => {
      unanswered.delete(response);
    });
  });

  const partWithClients = (): void => {
    parting = true;
    unanswered.forEach(part);
  };

  return {
    partWithClients,
    close: () =>
      new Promise((done) => {
        partWithClients();
        const cut = setTimeout(() => {
          server.closeAllConnections();
        }, drainMs);
        server.close(() => {
          clearTimeout(cut);
          done();
        });
        server.closeIdleConnections();
      }),
  };
};
