import { resolve } from 'node:path';
import type { RunFileApp } from './run-file.js';

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
