import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { types } from 'node:util';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { Failure } from './failure.js';
import { makeOwnFolder } from './files.js';
import { projectRoot } from './paths.js';
import { moveInfrastructurePorts } from './ports.js';

const portNumber = z.int().min(1).max(65_535);

/** What `dapr run -f` lets every app share, as far as dapr.yaml uses it. */
const shared = z.strictObject({
  configFilePath: z.string().optional(),
  resourcesPaths: z.array(z.string()).optional(),
  appProtocol: z.string().optional(),
  apiListenAddresses: z.string().optional(),
  placementHostAddress: z.string().optional(),
  schedulerHostAddress: z.string().optional(),
  logLevel: z.string().optional(),
  maxBodySize: z.string().optional(),
  readBufferSize: z.string().optional(),
  enableAppHealthCheck: z.boolean().optional(),
  appHealthCheckPath: z.string().optional(),
  appHealthProbeInterval: z.int().optional(),
  appHealthProbeTimeout: z.int().optional(),
  appHealthThreshold: z.int().optional(),
  daprdLogDestination: z.string().optional(),
  appLogDestination: z.string().optional(),
});

const app = shared.extend({
  appID: z.string(),
  appDirPath: z.string(),
  appChannelAddress: z.string().optional(),
  appPort: portNumber,
  daprHTTPPort: portNumber,
  daprGRPCPort: portNumber,
  daprInternalGRPCPort: portNumber,
  metricsPort: portNumber,
  env: z.record(z.string(), z.string()),
  command: z.tuple([z.string()], z.string()),
});

const runFile = z.strictObject({ version: z.literal(1), common: shared, apps: z.array(app).min(1) });

/** dapr.yaml, the one description of what runs. */
export type RunFile = z.infer<typeof runFile>;
/** One app of it, with what the apps share filled in. */
export type RunFileApp = z.infer<typeof app>;

/** Names in `env` of an app that hold ports of its own. */
export const appPortNames = [
  'ORDER_HTTP_PORT',
  'ORDER_GRPC_PORT',
  'ORDER_CALLBACK_PORT',
  'ORDER_METRICS_PORT',
  'ORDER_SANDBOX_PORT',
] as const;

/** Reads the project's dapr.yaml. @throws Failure when it is missing or broken */
export function readRunFile(): RunFile {
  const file = join(projectRoot, 'dapr.yaml');
  try {
    return runFile.parse(parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (error instanceof z.ZodError)
      throw new Failure(`dapr.yaml is not valid:\n${z.prettifyError(error)}\nCorrect it and start again.`);
    const reason = types.isNativeError(error) ? error.message : String(error);
    throw new Failure(`dapr.yaml cannot be read: ${reason}\nCorrect or restore it and start again.`);
  }
}

/** An app with what all apps share. */
export function withShared(file: RunFile, entry: RunFileApp): RunFileApp {
  return { ...file.common, ...entry };
}

/** The same app with every port moved, its own and those in its environment. */
export function moveApp(entry: RunFileApp, offset: number): RunFileApp {
  const env = { ...entry.env };
  for (const name of appPortNames) {
    const port = env[name];
    if (port !== undefined) env[name] = String(Number(port) + offset);
  }
  return {
    ...entry,
    env,
    appPort: entry.appPort + offset,
    daprHTTPPort: entry.daprHTTPPort + offset,
    daprGRPCPort: entry.daprGRPCPort + offset,
    daprInternalGRPCPort: entry.daprInternalGRPCPort + offset,
    metricsPort: entry.metricsPort + offset,
  };
}

/** Every port an app takes, with what it is for. */
export function portsOfApp(entry: RunFileApp, name: string): [number, string][] {
  const own = appPortNames.flatMap((key): [number, string][] => {
    const port = entry.env[key];
    return port === undefined || Number(port) === entry.appPort ? [] : [[Number(port), `${name}, ${key}`]];
  });
  return [
    [entry.appPort, `${name}, Dapr callbacks`],
    ...own,
    [entry.daprHTTPPort, `${name}, its sidecar's HTTP API`],
    [entry.daprGRPCPort, `${name}, its sidecar's gRPC API`],
    [entry.daprInternalGRPCPort, `${name}, its sidecar's internal gRPC`],
    [entry.metricsPort, `${name}, its sidecar's metrics`],
  ];
}

/** Moves the port of every loopback address in a text. */
export function moveAddresses(text: string, offset: number): string {
  return text.replace(/\b(127\.0\.0\.1|localhost):(\d{2,5})\b/g, (_, host: string, port: string) => {
    return `${host}:${Number(port) + offset}`;
  });
}

/**
 * Writes dapr.yaml and the components with all ports moved into a folder, for a stack with its own placement.
 * @returns the moved run file, its paths absolute, and where it was written
 */
export function writeMovedRunFile(file: RunFile, offset: number, folder: string): { runFile: RunFile; path: string } {
  const components = join(folder, 'components');
  rmSync(components, { recursive: true, force: true });
  makeOwnFolder(folder);
  const originals = join(projectRoot, 'components');
  cpSync(originals, components, { recursive: true });
  for (const name of readdirSync(originals, { recursive: true, encoding: 'utf8' })) {
    // From the original: Node 20 can name a file of a nested folder more than once.
    if (name.endsWith('.yaml'))
      writeFileSync(join(components, name), moveAddresses(readFileSync(join(originals, name), 'utf8'), offset));
  }
  const here = (path: string): string => {
    const inProject = resolve(projectRoot, path);
    const original = join(projectRoot, 'components');
    return inProject.startsWith(original) ? join(components, inProject.slice(original.length)) : inProject;
  };
  const movePaths = <T extends z.infer<typeof shared>>(entry: T): T => ({
    ...entry,
    ...(entry.configFilePath === undefined ? {} : { configFilePath: here(entry.configFilePath) }),
    ...(entry.resourcesPaths === undefined ? {} : { resourcesPaths: entry.resourcesPaths.map(here) }),
  });
  const common = movePaths(file.common);
  const moved: RunFile = {
    version: 1,
    common: { ...common, placementHostAddress: `127.0.0.1:${moveInfrastructurePorts(offset).placement}` },
    apps: file.apps.map((entry) => ({
      ...moveApp(movePaths(entry), offset),
      appDirPath: projectRoot,
    })),
  };
  const path = join(folder, 'dapr.yaml');
  writeFileSync(path, stringify(moved));
  return { runFile: moved, path };
}
