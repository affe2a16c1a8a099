import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RunFileApp } from './run-file.js';
import type { DaprIdentity } from './sentry.js';

/** Flags of daprd that dapr.yaml has no words for; without them it listens on all interfaces. */
const extraFlags = [
  ...['--dapr-internal-grpc-listen-address', '127.0.0.1'],
  ...['--metrics-listen-address', '127.0.0.1'],
  ...['--dapr-graceful-shutdown-seconds', '5'],
];

/** The arguments `dapr run` would give this app's daprd, and those it cannot. */
export function daprdArguments(app: RunFileApp, projectRoot: string): string[] {
  const path = (relative: string): string => resolve(projectRoot, app.appDirPath, relative);
  const flags: [string, string | number | undefined][] = [
    ['app-id', app.appID],
    ['app-channel-address', app.appChannelAddress],
    ['app-port', app.appPort],
    ['app-protocol', app.appProtocol],
    ['dapr-http-port', app.daprHTTPPort],
    ['dapr-grpc-port', app.daprGRPCPort],
    ['dapr-internal-grpc-port', app.daprInternalGRPCPort],
    ['metrics-port', app.metricsPort],
    ['dapr-listen-addresses', app.apiListenAddresses],
    ['config', app.configFilePath === undefined ? undefined : path(app.configFilePath)],
    ...(app.resourcesPaths ?? []).map((folder): [string, string] => ['resources-path', path(folder)]),
    ['placement-host-address', app.placementHostAddress],
    ['scheduler-host-address', app.schedulerHostAddress?.trim()],
    ['log-level', app.logLevel],
    ['max-body-size', app.maxBodySize],
    ['read-buffer-size', app.readBufferSize],
    ['app-health-check-path', app.appHealthCheckPath],
    ['app-health-probe-interval', app.appHealthProbeInterval],
    ['app-health-probe-timeout', app.appHealthProbeTimeout],
    ['app-health-threshold', app.appHealthThreshold],
  ];
  const given = flags.filter(([, value]) => value !== undefined && value !== '');
  const health = app.enableAppHealthCheck ? ['--enable-app-health-check'] : [];
  return [...given.flatMap(([name, value]) => [`--${name}`, String(value)]), ...health, ...extraFlags];
}

/** The environment `dapr run` gives an app besides what it was itself started with. */
export function appEnvironment(app: RunFileApp): Record<string, string> {
  return {
    APP_ID: app.appID,
    APP_PORT: String(app.appPort),
    APP_PROTOCOL: app.appProtocol ?? 'http',
    APP_CHANNEL_ADDRESS: app.appChannelAddress ?? '127.0.0.1',
    DAPR_HTTP_PORT: String(app.daprHTTPPort),
    DAPR_GRPC_PORT: String(app.daprGRPCPort),
    DAPR_METRICS_PORT: String(app.metricsPort),
    ...app.env,
  };
}

/** What the daprd that {@link writeDaprdWrapper} writes has to know of one sidecar. */
export interface WrappedSidecar {
  readonly log: string;
  /** The variables that it does not get. */
  readonly withheld: readonly string[];
  /** For mTLS. */
  readonly identity?: DaprIdentity | undefined;
}

/**
 * Writes a daprd for `dapr run` that adds the flags above to the real one, works in the data folder, where the sidecars
 * of one stack find each other, and logs beside the other parts.
 * @param sidecars each by its HTTP port
 * @param env for sidecars alone, see sidecar-tracing.ts and sidecar-redis.ts
 * @returns the folder for DAPR_RUNTIME_PATH
 */
export function writeDaprdWrapper(
  daprd: string,
  dataDir: string,
  sidecars: ReadonlyMap<number, WrappedSidecar>,
  env: Readonly<Record<string, string>>,
): string {
  const runtimePath = join(dataDir, 'runtime');
  const bin = join(runtimePath, '.dapr', 'bin');
  mkdirSync(bin, { recursive: true });
  const exportAll = (variables: Readonly<Record<string, string>> = {}): string[] =>
    Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  const cases = [...sidecars].map(([port, { log, withheld, identity }]) => {
    const unset = withheld.length === 0 ? [] : [`unset ${withheld.join(' ')}`];
    const actions = [...unset, ...exportAll(identity?.env), `log=${quote(log)}`];
    return `    "--dapr-http-port ${port}") ${actions.join('; ')} ;;`;
  });
  // They are the same for all.
  const [identity] = [...sidecars.values()].flatMap((sidecar) => sidecar.identity ?? []);
  const flags = [...extraFlags, ...(identity?.flags ?? [])];
  const script = `#!/bin/sh
# Written by npm start; see scripts/sidecar.ts.
case "$1" in --version | --build-info) exec ${quote(daprd)} "$@" ;; esac
previous=
log=/dev/null
for argument do
  case "$previous $argument" in
${cases.join('\n')}
  esac
  previous=$argument
done
${exportAll(env).join('\n')}
cd ${quote(runtimePath)} || exit 1
exec ${quote(daprd)} "$@" ${flags.map(quote).join(' ')} >>"$log" 2>&1
`;
  writeFileSync(join(bin, 'daprd'), script, { mode: 0o700 });
  return runtimePath;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
