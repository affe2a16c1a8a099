import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWK } from 'jose';
import type { Logger } from 'pino';
import { createApp } from './app.js';
import { createBalances } from './balances.js';
import type { SandboxConfig } from './config.js';
import { createFaults } from './faults.js';
import { createLedger } from './ledger.js';
import { createPublications } from './publications.js';
import { createPublisher } from './publisher.js';
import { createSidecar } from './sidecar.js';
import { openStore } from './store.js';
import { createWalks } from './walks.js';

/** A running sandbox. */
export interface Sandbox {
  port: number;
  /** Stops listening and walking. Requests still open after half a second are cut off. */
  close(): Promise<void>;
}

const GRACE_MS = 500;

/** Opens the store and listens on loopback. The sidecar need not be there yet. */
export async function startSandbox(config: SandboxConfig, jwks: { keys: JWK[] }, log: Logger): Promise<Sandbox> {
  const store = openStore(config.folder);
  const faults = createFaults();
  const sidecar = createSidecar({ port: config.daprPort, apiToken: config.daprApiToken });
  const publisher = createPublisher({ publish: (event) => sidecar.publish(event), log });
  const ledger = createLedger(store);
  const publications = createPublications({ store, publisher, log });
  const balances = createBalances(store);
  const walks = createWalks({
    store,
    stepMs: config.stepMs,
    paused: () => faults.draw('fulfillment').mode === 'refuse',
    publisher,
    log,
  });
  const app = createApp({ store, sidecar, faults, ledger, walks, publications, balances, jwks, log });
  const server = createServer(app);
  // daprd keeps idle connections for 90 s; closing them earlier makes its calls fail now and then.
  server.keepAliveTimeout = 120_000;
  server.headersTimeout = 125_000;
  server.listen(config.port, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const cut = setTimeout(() => {
        server.closeAllConnections();
      }, GRACE_MS);
      await closed;
      clearTimeout(cut);
      publisher.close();
      await sidecar.close();
      await Promise.all([walks.close(), publications.close()]);
      await store.close();
    },
  };
}
