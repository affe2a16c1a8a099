import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { JWK } from 'jose';
import type { Logger } from 'pino';
import { createApp } from './app.js';
import { createBalances } from './balances.js';
import type { SandboxConfig } from './config.js';
import { createFaults } from './faults.js';
import { createLedger } from './ledger.js';
import { createOrderEvents } from './order-events.js';
import { createPublications } from './publications.js';
import { createPublisher } from './publisher.js';
import { createSidecar } from './sidecar.js';
import { createWalks } from './walks.js';

/** A running sandbox. */
export interface Sandbox {
  port: number;
  /** Stops listening and walking, writes everything down. Requests still open after half a second are cut off. */
  close(): Promise<void>;
}

const GRACE_MS = 500;

/** Loads the journals and listens on loopback. The sidecar need not be there yet. */
export async function startSandbox(config: SandboxConfig, jwks: { keys: JWK[] }, log: Logger): Promise<Sandbox> {
  const file = (name: string): string => join(config.folder, `${name}.jsonl`);
  const faults = createFaults();
  const sidecar = createSidecar({ port: config.daprPort, apiToken: config.daprApiToken });
  const publisher = createPublisher({ publish: (event) => sidecar.publish(event), log });
  const [ledger, orderEvents, publications, balances, walks] = await Promise.all([
    createLedger({ file: file('ledger') }),
    createOrderEvents({ file: file('order-events') }),
    createPublications({ file: file('publications'), publisher, log }),
    createBalances({ file: file('balances') }),
    createWalks({
      file: file('walks'),
      stepMs: config.stepMs,
      paused: () => faults.draw('fulfillment').mode === 'refuse',
      publisher,
      log,
    }),
  ]);
  const app = createApp({ sidecar, faults, ledger, walks, publications, orderEvents, balances, jwks, log });
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
      await Promise.all([walks.close(), publications.close(), balances.close()]);
      await Promise.all([ledger.close(), orderEvents.close()]);
    },
  };
}
