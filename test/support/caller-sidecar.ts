import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { findOrGetDapr } from '../../scripts/dapr-runtime.js';
import { projectRoot } from '../../scripts/paths.js';
import { freePort } from '../../scripts/ports.js';
import { poll, sidecarHeaders } from '../../scripts/readiness.js';
import type { StackDescription } from '../../scripts/stack-types.js';

/** The sidecar of a service that is not there: enough to call the order service under its app id. */
export interface CallerSidecar {
  /** Origin of its HTTP API. */
  readonly dapr: string;
  stop(): Promise<void>;
}

/** Starts a sidecar with this app id beside those of the stack, where it finds them. The test must `stop()` it. */
export const startCallerSidecar = async (stack: StackDescription, appId: string): Promise<CallerSidecar> => {
  const { daprd } = await findOrGetDapr(() => undefined);
  const [http, grpc, internal, metrics] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const flags = {
    'app-id': appId,
    config: join(projectRoot, 'components', 'config', 'checkout-service.yaml'),
    'dapr-listen-addresses': '127.0.0.1',
    'dapr-http-port': http,
    'dapr-grpc-port': grpc,
    'dapr-internal-grpc-port': internal,
    'dapr-internal-grpc-listen-address': '127.0.0.1',
    'metrics-port': metrics,
    'metrics-listen-address': '127.0.0.1',
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const env = { ...process.env, ...stack.env, OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '' };
  const child = spawn(daprd, args, { cwd: join(stack.dataDir, 'runtime'), env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const dapr = `http://127.0.0.1:${http}`;
  const answers = async (): Promise<string | undefined> => {
    try {
      const response = await fetch(`${dapr}/v1.0/metadata`, { headers: sidecarHeaders(stack.secrets.daprApiToken) });
      await response.body?.cancel();
      return response.ok ? undefined : `it answers ${response.status}`;
    } catch (error) {
      return String(error);
    }
  };
  const fault = await poll(answers, 60_000, () => child.exitCode === null && child.signalCode === null);
  if (fault === undefined) return { dapr, stop };
  await stop();
  throw new Error(`the sidecar of ${appId} is not ready: ${fault}`);
};
