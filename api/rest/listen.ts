import { createServer, type RequestListener, type Server } from 'node:http';
import { type Draining, drainable } from '../../actors/draining.js';

/** A gateway that listens. */
export interface Listening extends Draining {
  readonly server: Server;
}

/** Late requests are looked for every second: Node's own interval of 30 s would let them stay that long. */
const options = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
};

/** Connections that may wait to be accepted: with Node's 511, a burst of clients meets lost packets and second-long retries. */
const backlog = 4_096;

/**
 * Serves an app on a port; slow clients do not hold connections for ever.
 *
 * @param host address to listen on; every interface where it is not given
 */
export const listen = (app: RequestListener, port: number, host?: string): Promise<Listening> =>
  new Promise((resolve, reject) => {
    const server = createServer(options, app);
    server.keepAliveTimeout = 65_000;
    const draining = drainable(server);
    server.once('error', reject);
    server.listen({ port, host, backlog }, () => {
      resolve({ server, ...draining });
    });
  });
