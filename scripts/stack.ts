import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replicaChecks, sandboxChecks, startAppWithSidecar, tailOfLog, waitReady } from './app-process.js';
import { startGuard } from './guard.js';
import { openLog, sharedEnvironment, startInfrastructure } from './infrastructure.js';
import { startKafka } from './kafka.js';
import { writeKafkaComponent } from './kafka-component.js';
import type { ProcessContext, ProcessHandle } from './managed-process.js';
import { describeEnd } from './managed-process.js';
import type { ReadyCheck } from './readiness.js';
import type { RunFileApp } from './run-file.js';
import { ownerOf, sweepProcesses, takeDataFolder } from './run-records.js';
import { loadSecrets } from './secrets.js';
import type { StackPlan } from './stack-plan.js';
import { planStack, replicaAddress, sandboxAddress } from './stack-plan.js';
import type { AppHandles, Replica, Sandbox, Stack, StackDescription, StackOptions } from './stack-types.js';

const tempPrefix = 'order-service-stack-';

/**
 * Starts a whole stack beside whatever else runs on this machine: Postgres, Redis, placement, and from dapr.yaml the
 * replicas of the order service and the sandbox, each with its sidecar, started as `dapr run` would but by this process,
 * so that each can be hit on its own. Resolves when everything serves. When this process dies, the stack goes too.
 * @throws Failure when a part cannot be started; nothing is left running then
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const log = options.log ?? (() => undefined);
  const temporary = options.dataDir === undefined;
  if (temporary) await removeAbandonedStacks();
  const dataDir = options.dataDir ?? makeTemporaryFolder();
  mkdirSync(dataDir, { recursive: true });
  const records = await takeDataFolder(dataDir, (names) =>
    log(`ended leftovers of an earlier run: ${names.join(', ')}`),
  );
  const guard = startGuard(dataDir, temporary);
  const started: AppHandles[] = [];
  const endings = new Map<ProcessHandle, string>();
  const context: ProcessContext = {
    records,
    onUnexpectedEnd(handle, end) {
      if (stopping) return;
      const sentence = describeEnd(handle, end);
      endings.set(handle, `${sentence}:\n${tailOfLog(handle.logFile)}`);
      log(sentence);
    },
  };
  let stopping = false;
  let plan: StackPlan | undefined;

  async function stop(): Promise<void> {
    stopping = true;
    records.close();
    await Promise.all(started.map(({ app }) => app.stop(6_000)));
    await Promise.all(started.map(({ sidecar }) => sidecar.stop(3_000)));
    // By the records, since a part that failed half-way has no handle.
    await sweepProcesses(dataDir);
    await plan?.release();
    records.release();
    await guard.dismiss();
    if (temporary) rmSync(dataDir, { recursive: true, force: true });
  }

  try {
    plan = await planStack(options, dataDir);
    const secrets = loadSecrets(dataDir);
    const { databaseDsn, redis } = options;
    const parts = await startInfrastructure({
      ...{ dataDir, ports: plan.ports, secrets, context, databaseDsn, redis, progress: log },
      withApps: plan.replicas.length > 0 || plan.sandbox !== undefined,
    });
    const kafka =
      options.broker === 'kafka'
        ? await startKafka({
            dataDir,
            logFile: openLog(dataDir, 'kafka'),
            ports: plan.kafkaPorts,
            context,
            progress: log,
          })
        : undefined;
    if (kafka) writeKafkaComponent(join(dataDir, 'runtime', 'components', 'local'), kafka);
    const jwt = {
      issuer: 'http://127.0.0.1:8090',
      audience: 'order-service',
      jwksUrl: `http://127.0.0.1:${8090 + plan.offset}/.well-known/jwks.json`,
    };
    const env = {
      ...sharedEnvironment(parts, secrets, dataDir),
      ...{ ORDER_JWKS_URL: jwt.jwksUrl, ORDER_JWT_ISSUER: jwt.issuer, ORDER_JWT_AUDIENCE: jwt.audience },
      ...options.env,
    };
    const launch = async (name: string, app: RunFileApp, checks: ReadyCheck[]): Promise<AppHandles> => {
      if (!parts.dapr) throw new Error('apps were asked for, so there is Dapr');
      const start = { dataDir, daprd: parts.dapr.daprd, env: { ...withoutOurVariables(process.env), ...env }, context };
      const both = await startAppWithSidecar(name, app, start);
      const isDown = ({ pid }: ProcessHandle): boolean => pid === undefined;
      const fault = (): string | undefined => {
        const down = both.find(isDown);
        return down && (endings.get(down) ?? `${down.name} does not run`);
      };
      const [appHandle, sidecar] = both;
      const handles: AppHandles = {
        app: appHandle,
        sidecar,
        ready: (timeoutMs = 120_000) => waitReady(checks, timeoutMs, fault),
      };
      started.push(handles);
      return handles;
    };
    const replicas = await Promise.all(
      plan.replicas.map(async (app, index): Promise<Replica> => {
        const name = `order-service ${index + 1}`;
        return {
          ...replicaAddress(app, index + 1),
          ...(await launch(name, app, replicaChecks(name, app, secrets.daprApiToken))),
        };
      }),
    );
    const sandboxName = 'checkout-service';
    const sandbox: Sandbox | undefined = plan.sandbox && {
      ...sandboxAddress(plan.sandbox),
      ...(await launch(sandboxName, plan.sandbox, sandboxChecks(sandboxName, plan.sandbox, secrets.daprApiToken))),
    };

    const description: StackDescription = {
      dataDir,
      logsDir: join(dataDir, 'logs'),
      portOffset: plan.offset,
      databaseDsn: parts.databaseDsn,
      redis: { address: parts.redis.address, password: parts.redis.password },
      secrets: {
        orderSecret: secrets.orderSecret,
        appApiToken: secrets.appApiToken,
        daprApiToken: secrets.daprApiToken,
      },
      replicas: plan.replicas.map((app, index) => replicaAddress(app, index + 1)),
      sandbox: plan.sandbox && sandboxAddress(plan.sandbox),
      jwt,
      env,
    };
    const ready = async (timeoutMs?: number): Promise<void> => {
      const up = started.filter(({ app, sidecar }) => app.pid !== undefined && sidecar.pid !== undefined);
      await Promise.all(up.map((both) => both.ready(timeoutMs)));
    };
    await Promise.all(started.map((both) => both.ready()));
    return {
      ...description,
      replicas,
      sandbox,
      postgres: parts.postgres,
      redisServer: parts.redisServer,
      placement: parts.placement,
      kafka,
      describe: () => description,
      ready,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function makeTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), tempPrefix));
  // Postgres may run as another user, who must be able to enter.
  chmodSync(folder, 0o711);
  return folder;
}

/** Removes temporary stacks whose owner was killed together with its guard. */
async function removeAbandonedStacks(): Promise<void> {
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(tempPrefix));
  for (const folder of folders.map((name) => join(tmpdir(), name))) {
    const found = statSync(folder, { throwIfNoEntry: false });
    // Another user's, or one just made that may not have its owner written down yet.
    if (!found || found.uid !== process.getuid?.() || Date.now() - found.mtimeMs < 60_000 || ownerOf(folder)) continue;
    await sweepProcesses(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The environment without what would make a stack depend on the shell it is started from. */
function withoutOurVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(ORDER|DAPR|APP|OTEL|NODE_TEST)_/.test(name)));
}
