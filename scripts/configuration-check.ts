import { loadConfig } from '../config.js';
import { readConfig as readSandboxConfig } from '../sandbox/config.js';
import { Failure } from './failure.js';
import { projectRoot } from './paths.js';

/** Valid values for the variables that `npm start` sets itself, which are not known before Postgres and Redis run. */
const placeholders = {
  ORDER_DATABASE_DSN: 'postgres://127.0.0.1/orders',
  ORDER_REDIS_ADDR: '127.0.0.1:6379',
  ORDER_SECRET: 'x'.repeat(32),
  APP_API_TOKEN: 'x'.repeat(16),
};

/**
 * Reads the configuration as the service and the sandbox will read it, so that a fault is reported before anything starts.
 * @throws Failure that names every fault of the service's configuration, or of the sandbox's
 */
export function demandConfiguration(env: NodeJS.ProcessEnv): void {
  for (const read of [
    (): unknown => loadConfig({ ...env, ...placeholders }, projectRoot),
    () => readSandboxConfig(env),
  ])
    try {
      read();
    } catch (error) {
      const faults = error instanceof Error ? error.message : String(error);
      throw new Failure(
        `The configuration is not valid:\n${faults}\n` +
          'Correct it and start again; docs/configuration.md explains every variable and value.',
      );
    }
}
