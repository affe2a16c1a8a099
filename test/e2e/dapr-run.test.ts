import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { promisify } from 'node:util';
import { openLog } from '../../scripts/infrastructure.js';
import { findOrGetDapr } from '../../scripts/dapr-runtime.js';
import { type Guard, startGuard } from '../../scripts/guard.js';
import type { ProcessContext, Server } from '../../scripts/managed-process.js';
import { projectRoot } from '../../scripts/paths.js';
import { startPlacement } from '../../scripts/placement.js';
import { claimFreeOffset, isPortFree, moveInfrastructurePorts, type OffsetClaim } from '../../scripts/ports.js';
import { moveApp, portsOfApp, readRunFile, writeMovedRunFile } from '../../scripts/run-file.js';
import { type RunRecords, takeDataFolder } from '../../scripts/run-records.js';
import type { Stack } from '../../scripts/stack-types.js';
import { type DaprRun, startDaprRun } from '../support/dapr-run.js';
import { orderBody } from '../support/orders.js';
import { foreignEnvironment } from '../support/npm-run.js';
import { ownStack } from '../support/stack.js';
import { until } from '../support/shop.js';
import { describeUnless } from '../support/skip.js';

/** The default port of placement, where `dapr init` starts it. */
const placementPort = 50_005;
const listen = `net.createServer().on('error', () => process.exit(1)).listen(${placementPort}, '127.0.0.1', () => process.exit(0))`;
const isFree = spawnSync(process.execPath, ['-e', listen]).status === 0;
const skip = !isFree && `port ${placementPort}, on which placement is to run, is in use`;

const file = readRunFile();
const portsAt = (offset: number): number[] =>
  file.apps.flatMap((app) => portsOfApp(moveApp(app, offset), app.appID).map(([port]) => port));

describeUnless(skip)('dapr run -f dapr.yaml, on a Dapr, Postgres and Redis that others run,', () => {
  const folder = mkdtempSync(join(tmpdir(), 'order-service-dapr-run-'));
  chmodSync(folder, 0o711);
  let guard: Guard;
  let records: RunRecords;
  let stack: Stack;
  let placement: Server;
  let claim: OffsetClaim | undefined;
  let run: DaprRun | undefined;
  let rest: string;
  let sandbox: string;

  /** dapr.yaml itself, or where its ports are in use a copy that differs by its ports alone. */
  const chooseRunFile = async (): Promise<{ path: string; offset: number }> => {
    const free = await Promise.all(portsAt(0).map(isPortFree));
    if (free.every(Boolean)) return { path: join(projectRoot, 'dapr.yaml'), offset: 0 };
    claim = await claimFreeOffset(portsAt);
    const { path } = writeMovedRunFile(file, claim.offset, join(folder, 'moved'));
    const text = readFileSync(path, 'utf8').replace(
      /placementHostAddress: .*/,
      `placementHostAddress: ${file.common.placementHostAddress ?? ''}`,
    );
    writeFileSync(path, text);
    return { path, offset: claim.offset };
  };

  beforeAll(async () => {
    guard = startGuard(folder, true);
    records = await takeDataFolder(folder, () => undefined);
    const context: ProcessContext = { records, onUnexpectedEnd: ({ name }) => console.error(`${name} has ended`) };
    // Postgres and Redis alone.
    stack = await ownStack({ replicas: 0, sandbox: false });
    const dapr = await findOrGetDapr(() => undefined);
    placement = await startPlacement({
      program: dapr.placement,
      ports: { ...moveInfrastructurePorts(stack.portOffset), placement: placementPort },
      cwd: folder,
      logFile: openLog(folder, 'placement'),
      context,
    });
    // The layout that `dapr init` makes in the home folder.
    const runtimePath = join(folder, 'home');
    mkdirSync(join(runtimePath, '.dapr', 'bin'), { recursive: true });
    symlinkSync(dapr.daprd, join(runtimePath, '.dapr', 'bin', 'daprd'));

    const { path, offset } = await chooseRunFile();
    rest = `http://127.0.0.1:${8004 + offset}`;
    sandbox = `http://127.0.0.1:${8090 + offset}`;
    // What the README sets, the password of this Redis, and a data folder for the sandbox.
    const env: NodeJS.ProcessEnv = {
      ...foreignEnvironment(),
      ORDER_DATABASE_DSN: stack.databaseDsn,
      ORDER_REDIS_ADDR: stack.redis.address,
      ORDER_REDIS_PASSWORD: stack.redis.password,
      ORDER_SECRET: randomBytes(32).toString('hex'),
      APP_API_TOKEN: randomBytes(32).toString('hex'),
      DAPR_API_TOKEN: randomBytes(32).toString('hex'),
      DAPR_HOST_IP: '127.0.0.1',
      PATH: `${join(projectRoot, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`,
      ORDER_DATA_DIR: folder,
    };
    const migrate = join(projectRoot, 'dist', 'scripts', 'migrate.js');
    await promisify(execFile)(process.execPath, [migrate, 'up'], { env, cwd: projectRoot });
    run = await startDaprRun({ cli: dapr.cli, runFile: path, runtimePath, dataDir: folder, env, context });
  });

  afterAll(async () => {
    await run?.stop();
    await placement.handle.stop();
    await stack.stop();
    await claim?.release();
    records.release();
    await guard.dismiss();
    rmSync(folder, { recursive: true, force: true });
  });

  const answers = async (url: string, init?: RequestInit): Promise<Response | undefined> => {
    expect(run?.handle.pid).toBeDefined();
    return fetch(url, init).catch(() => undefined);
  };

  it('becomes healthy', async () => {
    await until(
      'the first replica is healthy',
      async () => (await answers(`${rest}/api/v1/orders/health`))?.ok,
      240_000,
      200,
    );
    await until('the sandbox is healthy', async () => (await answers(`${sandbox}/health`))?.ok, 240_000, 200);
  });

  it('takes an order by service invocation, which fulfilment delivers by events', async () => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'dapr-run-1' };
    const body = JSON.stringify(orderBody());
    const placed = await until(
      'an order is placed',
      async () => {
        const response = await answers(`${sandbox}/checkout`, { method: 'POST', headers, body });
        return response?.status === 201 && response;
      },
      240_000,
      500,
    );
    const { order } = (await placed.json()) as { order: { id: string } };
    await until(
      'the order is delivered',
      async () => {
        const events = await answers(`${sandbox}/events?order_id=${order.id}`);
        return JSON.stringify(await events?.json()).includes('delivered');
      },
      240_000,
      500,
    );
  });
});
