import { pino } from 'pino';
import { startTracing } from '../observability/tracing.js';
import { devIssuerKey, publicKeySet } from './dev-issuer.js';
import { dataFolder } from '../configs/data-folder.js';
import { readConfig } from './config.js';
import { startSandbox } from './start.js';

const log = pino({ name: 'sandbox', level: process.env['LOG_LEVEL'] ?? 'info' });

async function main(): Promise<void> {
  const stopTracing = startTracing('checkout-service', (trouble) => {
    log.warn({ trouble }, 'spans cannot be sent');
  });
  const config = readConfig(process.env);
  const jwks = publicKeySet(await devIssuerKey(dataFolder(process.env)));
  const sandbox = await startSandbox(config, jwks, log);
  log.info({ port: sandbox.port, dapr_http_port: config.daprPort, step_ms: config.stepMs }, 'sandbox ready');

  const stop = (signal: NodeJS.Signals): void => {
    log.info({ signal }, 'sandbox stopping');
    const close = async (): Promise<void> => {
      await sandbox.close();
      await stopTracing().catch((err: unknown) => {
        log.warn({ err }, 'could not send the last spans');
      });
    };
    close().then(
      () => process.exit(0),
      (err: unknown) => {
        log.fatal({ err }, 'sandbox did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
}

main().catch((err: unknown) => {
  log.fatal({ err }, 'sandbox did not start');
  process.exitCode = 1;
});
