import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createGuestTokens } from './api/guest-token.js';
import { type Config, unusedAddresses } from './config.js';
import { createCore } from './app/core.js';
import { openGateways } from './app/gateways.js';
import { connect } from './app/connections.js';
import { createMetrics } from './observability/metrics.js';
import { createReleasers } from './app/releasers.js';

/** The running service. */
export interface Service {
  /**
   * Says that it goes, serves on for `ORDER_SHUTDOWN_DELAY_MS` until no requests arrive, then stops in order: gateways,
   * workers, turns, connections. True when everything went well.
   */
  stop(): Promise<boolean>;
}

const versionIn = (root: string): string => {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { readonly version: string };
  return version;
};

/**
 * Starts the service: connections, core, gateways, workers. What was acquired is released in the opposite order, also
 * when a start fails half-way.
 *
 * @param ending calls the start off while it waits for the database
 */
export const start = async (config: Config, root: string, log: Logger, ending: AbortSignal): Promise<Service> => {
  const releasers = createReleasers(log);
  const unused = unusedAddresses(config);
  if (unused.length > 0)
    log.warn(
      { variables: unused },
      'bare host:port addresses of services are not used: these are reached through Dapr',
    );
  if (config.ignoredKeys.length > 0)
    log.warn({ keys: config.ignoredKeys }, 'keys of the configuration file that have no meaning in this service');
  try {
    const infrastructure = await connect(config, root, releasers, log, ending);
    const metrics = createMetrics(versionIn(root), log);
    const guests = createGuestTokens(config.environment.ORDER_SECRET);
    const core = createCore(config, infrastructure, guests, metrics, log);
    const gateways = await openGateways({ config, root, infrastructure, core, guests, metrics, releasers, log });
    core.workers.start();
    core.watches.start();
    releasers.push('watches', () => Promise.all([core.watches.stop(), core.changes.stop()]));
    const { ORDER_HTTP_PORT: rest, ORDER_GRPC_PORT: grpc, ORDER_SHUTDOWN_DELAY_MS: delayMs } = config.environment;
    log.info({ rest, grpc }, 'ready');
    return {
      stop: async () => {
        gateways.announceStop();
        await sleep(delayMs);
        return releasers.releaseAll();
      },
    };
  } catch (error) {
    await releasers.releaseAll();
    throw error;
  }
};
