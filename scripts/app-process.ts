import { join } from 'node:path';
import { Failure } from './failure.js';
import { logName, openLog } from './infrastructure.js';
import type { ProcessContext, ProcessHandle } from './managed-process.js';
import { startProcess } from './managed-process.js';
import { projectRoot } from './paths.js';
import { without, withheldFrom } from './process-environment.js';
import type { ReadyCheck } from './readiness.js';
import { answersOk, hostsActors, poll, sidecarHeaders } from './readiness.js';
import type { Sentry } from './sentry.js';
import type { RunFileApp } from './run-file.js';
import { readIfThere } from './files.js';
import { appEnvironment, daprdArguments } from './sidecar.js';
import { redisOfSidecar, tracingOfSidecar } from './sidecar-environment.js';

/** What an app and its sidecar are started with. */
export interface AppStart {
  readonly dataDir: string;
  readonly daprd: string;
  /** The whole environment but for what dapr.yaml says of the app. */
  readonly env: NodeJS.ProcessEnv;
  readonly context: ProcessContext;
  /** For mTLS. */
  readonly sentry?: Sentry | undefined;
}

/** Starts an app of dapr.yaml and its sidecar as `dapr run` would, apart from each other. */
export function startAppWithSidecar(
  name: string,
  app: RunFileApp,
  start: AppStart,
): Promise<[ProcessHandle, ProcessHandle]> {
  const log = logName(name);
  return Promise.all([
    startApp(name, app, start, openLog(start.dataDir, log)),
    startSidecar(`${name} sidecar`, app, start, openLog(start.dataDir, `${log}.daprd`)),
  ]);
}

/** Starts an app alone. */
function startApp(name: string, app: RunFileApp, start: AppStart, logFile: string): Promise<ProcessHandle> {
  const [command, ...args] = app.command;
  const env = { ...without(start.env, withheldFrom(app, 'app')), ...appEnvironment(app) };
  const program = command === 'node' ? process.execPath : command;
  return startProcess({ name, command: program, args, env, cwd: projectRoot, logFile }, start.context);
}

/** Starts a sidecar alone, in the folder where the sidecars of one stack find each other. */
function startSidecar(name: string, app: RunFileApp, start: AppStart, logFile: string): Promise<ProcessHandle> {
  const identity = start.sentry?.sidecar(app.appID);
  const args = [...daprdArguments(app, projectRoot), ...(identity?.flags ?? [])];
  const cwd = join(start.dataDir, 'runtime');
  const own = without(start.env, withheldFrom(app, 'sidecar'));
  const env = { ...own, ...tracingOfSidecar(start.env), ...redisOfSidecar(start.env), ...identity?.env };
  return startProcess({ name, command: start.daprd, args, env, cwd, logFile }, start.context);
}

/** When a replica of the order service serves: its REST gateway answers and its sidecar hosts its actors. */
export function replicaChecks(name: string, app: RunFileApp, daprApiToken: string): ReadyCheck[] {
  const rest = app.env['ORDER_HTTP_PORT'] ?? '';
  return [
    answersOk(`${name}, REST`, `http://127.0.0.1:${rest}/api/v1/orders/health`),
    hostsActors(`${name}, actors`, `http://127.0.0.1:${app.daprHTTPPort}`, daprApiToken),
  ];
}

/** When the sandbox serves: it answers, and its sidecar has all it needs. */
export function sandboxChecks(name: string, app: RunFileApp, daprApiToken: string): ReadyCheck[] {
  const metadata = `http://127.0.0.1:${app.daprHTTPPort}/v1.0/metadata`;
  return [
    answersOk(name, `http://127.0.0.1:${app.appPort}/health`),
    answersOk(`${name}, sidecar`, metadata, sidecarHeaders(daprApiToken)),
  ];
}

/**
 * Waits until all checks hold.
 * @param ended tells the sentence about a needed process that has ended, if any: then waiting is no use
 * @throws Failure with the first fault left
 */
export async function waitReady(
  checks: readonly ReadyCheck[],
  timeoutMs: number,
  ended: () => string | undefined,
): Promise<void> {
  const outcomes = await Promise.all(
    checks.map(async (check) => ({ check, fault: await poll(check.fault, timeoutMs, () => ended() === undefined) })),
  );
  const dead = ended();
  if (dead !== undefined) throw new Failure(dead);
  const open = outcomes.find(({ fault }) => fault !== undefined);
  if (open) {
    const seconds = Math.round(timeoutMs / 1000);
    throw new Failure(`${open.check.what} is not ready after ${seconds} s: ${open.fault}`);
  }
}

/** The last lines of a log, indented, to show beside what went wrong. */
export function tailOfLog(file: string, lines = 12): string {
  const text = readIfThere(file)?.trim() ?? '';
  return text
    .split('\n')
    .slice(-lines)
    .map((line) => `  ${line}`)
    .join('\n');
}
