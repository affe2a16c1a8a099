import { join } from 'node:path';
import { Failure } from './failure.js';
import type { InfrastructurePorts, WantedPort } from './ports.js';
import { claimFreeOffset, demandFreePorts, moveInfrastructurePorts } from './ports.js';
import { isReplica, isSandbox } from './process-environment.js';
import type { RunFile, RunFileApp } from './run-file.js';
import { moveApp, portsOfApp, readRunFile, withShared, writeMovedRunFile } from './run-file.js';
import type { ReplicaAddress, SandboxAddress, StackOptions } from './stack-types.js';

/** What a stack will consist of, its ports chosen and its files written. */
export interface StackPlan {
  readonly offset: number;
  readonly ports: InfrastructurePorts;
  /** Of a Kafka, where the stack has one. */
  readonly kafkaPorts: { readonly broker: number; readonly controller: number };
  readonly replicas: readonly RunFileApp[];
  readonly sandbox: RunFileApp | undefined;
  /** Gives the port offset back. */
  release(): Promise<void>;
}

/**
 * Chooses the ports of a stack and writes dapr.yaml and the components for them into its data folder.
 * @throws Failure when ports are taken or dapr.yaml is broken
 */
export async function planStack(options: StackOptions, dataDir: string): Promise<StackPlan> {
  const file = readRunFile();
  const replicas = replicaTemplates(file, options.replicas ?? 2);
  const sandbox = options.sandbox === false ? [] : [sandboxTemplate(file)];
  const kafkaPortsAt = (offset: number) => ({ broker: 9292 + offset, controller: 9293 + offset });
  const portsAt = (offset: number): WantedPort[] => [
    ...infrastructurePortList(offset),
    ...Object.entries(options.broker === 'kafka' ? kafkaPortsAt(offset) : {}).map(([name, port]): WantedPort => [
      port,
      `Kafka, ${name}`,
    ]),
    ...[...replicas, ...sandbox].flatMap((app) => portsOfApp(moveApp(app, offset), app.appID)),
  ];
  const { offset, release } = await chooseOffset(options.portOffset, portsAt);
  const { runFile } = writeMovedRunFile({ ...file, apps: [...replicas, ...sandbox] }, offset, join(dataDir, 'runtime'));
  const apps = runFile.apps.map((app) => withShared(runFile, app)).map((app) => withProgram(app, options.program));
  const ports = moveInfrastructurePorts(offset);
  const kafkaPorts = kafkaPortsAt(offset);
  return { offset, ports, kafkaPorts, replicas: apps.filter(isReplica), sandbox: apps.find(isSandbox), release };
}

/** The ports of the parts that are not in dapr.yaml, with what they are for. */
export function infrastructurePortList(offset: number, leaveOut: readonly string[] = []): WantedPort[] {
  const entries = Object.entries(moveInfrastructurePorts(offset)).filter(([name]) => !leaveOut.includes(name));
  return entries.map(([name, port]) => [port, name.replace(/([A-Z])/g, ' $1').toLowerCase()]);
}

/** Where a replica is, from its entry in dapr.yaml. */
export function replicaAddress(app: RunFileApp, number: number): ReplicaAddress {
  const port = (name: string): string => app.env[name] ?? '';
  return {
    number,
    rest: `http://127.0.0.1:${port('ORDER_HTTP_PORT')}`,
    grpc: `127.0.0.1:${port('ORDER_GRPC_PORT')}`,
    metrics: `http://127.0.0.1:${port('ORDER_METRICS_PORT')}/metrics`,
    callback: `http://127.0.0.1:${app.appPort}`,
    dapr: `http://127.0.0.1:${app.daprHTTPPort}`,
  };
}

/** Where the sandbox is, from its entry in dapr.yaml. */
export function sandboxAddress(app: RunFileApp): SandboxAddress {
  return { url: `http://127.0.0.1:${app.appPort}`, dapr: `http://127.0.0.1:${app.daprHTTPPort}` };
}

function withProgram(app: RunFileApp, program: string | undefined): RunFileApp {
  return program !== undefined && isReplica(app) ? { ...app, command: ['node', program] } : app;
}

function replicaTemplates(file: RunFile, count: number): RunFileApp[] {
  const [first, second] = file.apps.filter(isReplica);
  if (!first || !second)
    throw new Failure('dapr.yaml does not have two replicas of the order service (ORDER_HTTP_PORT).');
  const distance = second.appPort - first.appPort;
  return Array.from({ length: count }, (_, index) => moveApp(first, index * distance));
}

function sandboxTemplate(file: RunFile): RunFileApp {
  const found = file.apps.find(isSandbox);
  if (!found) throw new Failure('dapr.yaml has no sandbox (ORDER_SANDBOX_PORT).');
  return found;
}

async function chooseOffset(
  given: number | undefined,
  portsAt: (offset: number) => WantedPort[],
): Promise<{ offset: number; release(): Promise<void> }> {
  if (given === undefined) return claimFreeOffset((offset) => portsAt(offset).map(([port]) => port));
  await demandFreePorts(portsAt(given));
  return { offset: given, release: () => Promise.resolve() };
}
