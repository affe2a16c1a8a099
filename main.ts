import path from 'node:path';
import { types } from 'node:util';
import { start } from './app.js';
import { ConfigError, loadConfig } from './config.js';
import { createLogger } from './observability/logging.js';
import { startTracing } from './observability/tracing.js';
import { whyUnusable } from './persistence/unusable-database.js';

/** The project's root, whether this runs from dist/ or beside it. */
const root = path.basename(__dirname) === 'dist' ? path.dirname(__dirname) : __dirname;

const run = async (): Promise<void> => {
  const config = loadConfig(process.env, root);
  const log = createLogger(config.environment.ORDER_LOG_LEVEL, String(config.environment.ORDER_HTTP_PORT));
  const stopTracing = startTracing('order-service', (trouble) => {
    log.warn({ trouble }, 'spans cannot be sent');
  });
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'unhandled promise rejection: a bug');
    process.exit(1);
  });
  const ending = new AbortController();
  const service = start(config, root, log, ending.signal);
  const stop = async (signal: string): Promise<void> => {
    if (ending.signal.aborted) return;
    ending.abort();
    log.info({ signal }, 'stopping');
    const clean = await service.then(
      (running) => running.stop(),
      () => true,
    );
    await stopTracing().catch((error: unknown) => {
      log.warn({ err: error }, 'could not send the last spans');
    });
    log.info({ clean }, 'stopped');
    // Lines are written in the background: the last must be out before the process is.
    log.flush(() => process.exit(clean ? 0 : 1));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      void stop(signal);
    });
  await service.catch((error: unknown) => {
    // A start that was called off has released what it took.
    if (!ending.signal.aborted) throw error;
  });
};

run().catch((error: unknown) => {
  const message =
    error instanceof ConfigError
      ? error.message
      : (whyUnusable(error) ?? (types.isNativeError(error) ? (error.stack ?? error.message) : String(error)));
  process.stderr.write(`order-service: ${message}\n`);
  process.exit(1);
});
