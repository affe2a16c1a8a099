import { types } from 'node:util';
import { loadConfig } from '../config.js';
import { readConfig as readSandboxConfig } from '../sandbox/config.js';
import { Failure } from './failure.js';
import { projectRoot } from './paths.js';

/** Valid values for the variables that `npm start` sets itself where they are not given. */
const placeholders = {
  ORDER_DATABASE_DSN: 'postgres://127.0.0.1/orders',
  ORDER_REDIS_ADDR: '127.0.0.1:6379',
  ORDER_SECRET: 'x'.repeat(32),
  APP_API_TOKEN: 'x'.repeat(16),
  DAPR_API_TOKEN: 'x'.repeat(16),
};

/**
 * Reads the configuration as the service and the sandbox will read it, so that a fault is reported before anything starts.
 * @throws Failure that names every fault of the service's configuration, or of the sandbox's
 */
export function demandConfiguration(env: NodeJS.ProcessEnv): void {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  demandReadable(() => loadConfig({ ...placeholders, ...given }, projectRoot));
  demandReadable(() => readSandboxConfig(given));
}

function demandReadable(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    throw new Failure(
      `The configuration is not valid:\n${faultsOf(error)}\n` +
        'Correct it and start again; docs/configuration.md explains every variable and value.',
    );
  }
}

function faultsOf(error: unknown): string {
  const text = types.isNativeError(error) ? error.message : String(error);
  return text
    .replace(/^the configuration has faults:\n/, '')
    .replaceAll('Invalid input: expected number, received NaN', 'must be a number');
}
