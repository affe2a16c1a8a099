import { join, relative } from 'node:path';
import { replicaChecks, sandboxChecks, startAppWithSidecar, tailOfLog, waitReady } from './app-process.js';
import { consoleLink } from './console-link.js';
import { demandConfiguration } from './configuration-check.js';
import { setting, dataFolder } from '../configs/data-folder.js';
import { describeError, Failure } from './failure.js';
import { makePrivateFolder } from './files.js';
import type { Guard } from './guard.js';
import { startGuard } from './guard.js';
import type { Infrastructure } from './infrastructure.js';
import { sharedEnvironment, startInfrastructure } from './infrastructure.js';
import type { ProcessContext, ProcessHandle } from './managed-process.js';
import { describeEnd } from './managed-process.js';
import { observerPorts, startObservers, traceSidecars, zipkinEnvironment } from './observe.js';
import { demandFreePorts, moveInfrastructurePorts } from './ports.js';
import { isReplica, isSandbox } from './process-environment.js';
import type { RunFileApp } from './run-file.js';
import { portsOfApp, readRunFile, withShared, writeMovedRunFile } from './run-file.js';
import type { RunRecords } from './run-records.js';
import { sweepProcesses, takeDataFolder } from './run-records.js';
import { loadSecrets } from './secrets.js';
import { infrastructurePortList, replicaAddress } from './stack-plan.js';
import { describeStart } from './summary.js';
import { createReviver } from './watch.js';

/** npm start: everything on this machine, until Ctrl-C. */
async function main(): Promise<void> {
  const dataDir = dataFolder(process.env);
  const say = (line: string): void => console.log(`· ${line}`);
  let stopping: Promise<never> | undefined;
  let records: RunRecords | undefined;
  let guard: Guard | undefined;
  let apps: readonly (readonly [app: ProcessHandle, sidecar: ProcessHandle])[] = [];

  /** Takes everything down and ends this process. */
  const shutDown = (code: number): Promise<never> => {
    stopping ??= (async () => {
      records?.close();
      await Promise.all(apps.map(([app]) => app.stop(5_000)));
      await Promise.all(apps.map(([, sidecar]) => sidecar.stop(2_000)));
      if (records) {
        // By the records, since a part that failed half-way has no handle.
        await sweepProcesses(dataDir, 4_000);
        records.release();
        await guard?.dismiss();
        if (guard) say(code === 0 ? 'stopped; all data is kept' : 'everything has been stopped');
      }
      process.exit(code);
    })();
    return stopping;
  };
  const fail = (error: unknown): Promise<never> => {
    if (!stopping) console.error(describeError(error));
    return shutDown(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stopping) say('stopping');
      void shutDown(0);
    });
  }
  // The process that started this one was killed.
  process.on('disconnect', () => void shutDown(1));
  // The terminal has gone, or the program that reads the output.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => void shutDown(1));

  try {
    const { mtls, observe } = readOptions(process.argv.slice(2));
    makePrivateFolder(dataDir);
    records = await takeDataFolder(dataDir, (names) =>
      say(`stopped what an earlier run had left running: ${names.join(', ')}`),
    );
    const offset = portOffset();
    const { runFile } = writeMovedRunFile(readRunFile(), offset, join(dataDir, 'runtime'));
    const planned = runFile.apps.map((app) => withShared(runFile, app));
    demandConfiguration(process.env);
    const databaseDsn = setting(process.env, 'ORDER_DATABASE_DSN');
    const redisAddress = setting(process.env, 'ORDER_REDIS_ADDR');
    const redisPassword = setting(process.env, 'ORDER_REDIS_PASSWORD');
    const redis = redisAddress === undefined ? undefined : { address: redisAddress, password: redisPassword };
    const leaveOut = [
      ...(databaseDsn ? ['postgres'] : []),
      ...(redis ? ['redis'] : []),
      ...(mtls ? [] : ['sentry', 'sentryHealth']),
    ];
    await demandFreePorts([
      ...infrastructurePortList(offset, leaveOut),
      ...(observe ? observerPorts(offset) : []),
      ...planned.flatMap((app, index) => portsOfApp(app, nameOf(app, index))),
    ]);

    const secrets = loadSecrets(dataDir, process.env);
    guard = startGuard(dataDir, false);
    const context: ProcessContext = {
      records,
      onUnexpectedEnd: (handle, end) => {
        if (!stopping) void fail(new Failure(`${describeEnd(handle, end)}:\n${tailOfLog(handle.logFile)}`));
      },
    };
    const logsDir = join(dataDir, 'logs');
    say(`the logs are in ${relative(process.cwd(), logsDir) || '.'}`);
    const parts: Infrastructure = await startInfrastructure({
      ...{ dataDir, ports: moveInfrastructurePorts(offset), secrets, context, databaseDsn, redis },
      ...{ withApps: true, mtlsFor: mtls ? planned.map(({ appID }) => appID) : undefined, progress: say },
    });
    if (!parts.dapr) throw new Error('apps were asked for, so there is Dapr');
    say(
      `Postgres, Redis and the placement of Dapr ${parts.dapr.version} (${parts.dapr.foundIn}) are running` +
        `${mtls ? ', with mTLS' : ''}; starting the apps`,
    );
    const observers = observe
      ? await startObservers({ dataDir, apps: planned, offset, context, progress: say })
      : undefined;
    if (observe) traceSidecars(planned, offset);
    const env = {
      ...movedIssuer(planned),
      ...process.env,
      ...(observe ? zipkinEnvironment(offset) : {}),
      ...sharedEnvironment(parts, secrets, dataDir),
    };
    const revive = createReviver({ say, onHopeless: (sentence) => void fail(new Failure(sentence)) });
    let serving = false;
    const ofApps: ProcessContext = {
      records,
      onUnexpectedEnd: (handle, end) => {
        if (!serving) context.onUnexpectedEnd(handle, end);
        else if (!stopping) revive(handle, end).catch(fail);
      },
    };
    const { daprd } = parts.dapr;
    const start = { dataDir, daprd, env, context: ofApps, sentry: parts.sentry };
    apps = await Promise.all(planned.map((app, index) => startAppWithSidecar(nameOf(app, index), app, start)));
    const checks = planned.flatMap((app, index) => {
      const checksOf = isSandbox(app) ? sandboxChecks : replicaChecks;
      return checksOf(nameOf(app, index), app, secrets.daprApiToken);
    });
    await waitReady(checks, 120_000, () => (stopping ? 'everything is being stopped' : undefined));
    serving = true;
    const first = planned.find(isReplica);
    const link =
      first === undefined || process.env['NODE_ENV'] === 'production'
        ? undefined
        : await consoleLink(dataDir, replicaAddress(first, 1).rest, env);
    console.log(describeStart({ dataDir, logsDir, apps: planned, parts, consoleLink: link, observers }));
  } catch (error) {
    await fail(error);
  }
}

function nameOf(app: RunFileApp, index: number): string {
  return isReplica(app) ? `order-service ${index + 1}` : app.appID;
}

/** Which of the options are among the arguments. @throws Failure at any other argument */
function readOptions(args: readonly string[]): { readonly mtls: boolean; readonly observe: boolean } {
  const unknown = args.find((argument) => argument !== '--mtls' && argument !== '--observe');
  if (unknown === undefined) return { mtls: args.includes('--mtls'), observe: args.includes('--observe') };
  throw new Failure(
    `npm start does not know "${unknown}". Its options are --mtls and --observe, for example: npm start -- --observe`,
  );
}

function portOffset(): number {
  const text = process.env['ORDER_PORT_OFFSET'] ?? '0';
  const offset = Number(text);
  if (Number.isInteger(offset) && offset >= 0 && offset <= 15_000) return offset;
  throw new Failure(`ORDER_PORT_OFFSET is "${text}". Set it to a whole number from 0 to 15000.`);
}

/** The sandbox issues development tokens; where its port has moved, the service must hear of it, unless set otherwise. */
function movedIssuer(apps: readonly RunFileApp[]): Record<string, string> {
  const sandbox = apps.find(isSandbox);
  return sandbox ? { ORDER_JWKS_URL: `http://127.0.0.1:${sandbox.appPort}/.well-known/jwks.json` } : {};
}

void main();
