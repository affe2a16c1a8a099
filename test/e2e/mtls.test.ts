import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { credentials, status, type ChannelCredentials, type ServiceError } from '@grpc/grpc-js';
import { findOrGetDapr, type DaprRuntime } from '../../scripts/dapr-runtime.js';
import {
  claimFreeOffset,
  freePort,
  isPortFree,
  moveInfrastructurePorts,
  type InfrastructurePorts,
  type OffsetClaim,
} from '../../scripts/ports.js';
import { sidecarHeaders } from '../../scripts/readiness.js';
import { moveApp, portsOfApp, readRunFile } from '../../scripts/run-file.js';
import { loadSecrets } from '../../scripts/secrets.js';
import { infrastructurePortList } from '../../scripts/stack-plan.js';
import { orderBody } from '../support/orders.js';
import { askForCertificate, callSidecar, type InternalCall } from '../support/internal-grpc.js';
import { type NpmRun, runNpm } from '../support/npm-run.js';
import { describeUnless } from '../support/skip.js';
import { until } from '../support/shop.js';

const file = readRunFile();
const portsAt = (offset: number): number[] =>
  [...infrastructurePortList(offset), ...file.apps.flatMap((app) => portsOfApp(moveApp(app, offset), app.appID))].map(
    ([port]) => port,
  );

const dapr = findOrGetDapr(() => undefined);
const skip = process.platform !== 'linux' && 'looks for processes in /proc';

describeUnless(skip)('npm start -- --mtls', () => {
  const folder = mkdtempSync(join(tmpdir(), 'order-service-mtls-'));
  const inFolder = (name: string): string => join(folder, name);
  let runtime: DaprRuntime;
  let claim: OffsetClaim;
  let ports: InfrastructurePorts;
  let run: NpmRun;
  let mtls: (path: string) => string;
  let orderId = '';

  beforeAll(async () => {
    runtime = await dapr;
    claim = await claimFreeOffset(portsAt);
    ports = moveInfrastructurePorts(claim.offset);
    run = await runNpm(['start', '--', '--mtls'], {
      ORDER_PORT_OFFSET: String(claim.offset),
      ORDER_SANDBOX_STEP_MS: '200',
    });
    mtls = (path) => join(run.dataDir, 'mtls', path);
    await until(
      'npm start is ready',
      () => {
        expect({ end: run.end(), output: run.output() }).toMatchObject({ end: undefined });
        return Promise.resolve(run.output().includes('Order Service is running.'));
      },
      240_000,
      200,
    );
  });
  afterAll(async () => {
    await run.remove();
    await claim.release();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Where the sidecars of the two replicas and of checkout are asked by other sidecars. */
  const internals = (): readonly string[] =>
    file.apps.map(({ daprInternalGRPCPort }) => `127.0.0.1:${daprInternalGRPCPort + claim.offset}`);
  const throughCheckout = (path: string): Promise<Response> => {
    const origin = `http://127.0.0.1:${3590 + claim.offset}`;
    const headers = sidecarHeaders(loadSecrets(run.dataDir).daprApiToken);
    return fetch(`${origin}/v1.0/invoke/order-service/method/api/v1/orders/${path}`, { headers });
  };
  /** TLS that trusts the stack's authority and ignores the name of the host. */
  const tls = (key?: Buffer, certificate?: Buffer): ChannelCredentials =>
    credentials.createSsl(readFileSync(mtls('issuer/ca.crt')), key ?? null, certificate ?? null, {
      checkServerIdentity: () => undefined,
    });
  const openssl = (...args: readonly string[]): unknown => execFileSync('openssl', args, { stdio: 'ignore' });
  const tokenOf = (appId: string): string => readFileSync(mtls(`tokens/${appId}`), 'utf8');

  it('takes an order by service invocation, which is paid and delivered by events', async () => {
    const placed = await fetch(`http://127.0.0.1:${8090 + claim.offset}/checkout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: JSON.stringify(orderBody()),
    });
    expect(placed.status).toBe(201);
    orderId = ((await placed.json()) as { order: { id: string } }).order.id;
    const order = await until('the order is delivered', async () => {
      const read = (await (await throughCheckout(orderId)).json()) as {
        order: { status: string; payment_status: string };
      };
      return read.order.status === 'delivered' && read.order;
    });
    expect(order.payment_status).toBe('completed');
  });

  it('has its internal gRPC, its placement and its Sentry answer nothing without TLS', async () => {
    for (const address of [...internals(), `127.0.0.1:${ports.placement}`, `127.0.0.1:${ports.sentry}`]) {
      const refused = await callSidecar(address, credentials.createInsecure(), readOrder('payment-service'));
      expect({ address, refused }).toMatchObject({ refused: { code: status.UNAVAILABLE } });
    }
  });

  const readOrder = (caller: string): InternalCall => ({
    method: 'CallLocal',
    caller,
    path: `api/v1/orders/${orderId}`,
    verb: 'GET',
  });
  const callActor = (): InternalCall => ({
    method: 'CallActor',
    caller: 'order-service',
    path: 'execute',
    verb: 'PUT',
    actorId: orderId,
  });

  it('refuses a forged caller that has no certificate, or one that it made itself', async () => {
    const san = 'subjectAltName=URI:spiffe://public/ns/default/order-service';
    const output = ['-keyout', inFolder('own.key'), '-out', inFolder('own.crt'), '-days', '2'];
    openssl('req', '-x509', '-newkey', 'ed25519', '-nodes', '-subj', '/O=public', '-addext', san, ...output);
    const own = tls(readFileSync(inFolder('own.key')), readFileSync(inFolder('own.crt')));
    for (const address of [...internals(), `127.0.0.1:${ports.placement}`])
      for (const identity of [tls(), own])
        for (const call of [readOrder('payment-service'), readOrder('checkout-service'), callActor()]) {
          const refused = await callSidecar(address, identity, call);
          // The alert by which the server ends the TLS handshake.
          const details = expect.stringMatching(/alert (bad certificate|certificate required|unknown ca)/) as unknown;
          expect({ address, refused }).toMatchObject({ refused: { code: status.UNAVAILABLE, details } });
        }
  });

  it('answers the same calls to whoever has the certificate of checkout', async () => {
    openssl(
      'req',
      '-new',
      '-newkey',
      'ed25519',
      '-nodes',
      '-subj',
      '/O=x',
      '-keyout',
      inFolder('key'),
      '-out',
      inFolder('csr'),
    );
    const request = readFileSync(inFolder('csr'));
    const ask = (appId: string): Promise<Buffer | ServiceError> =>
      askForCertificate(`127.0.0.1:${ports.sentry}`, tls(), { appId, token: tokenOf('checkout-service'), request });
    const certificate = await ask('checkout-service');
    expect(String(certificate)).toContain('BEGIN CERTIFICATE');
    expect(await ask('payment-service')).toMatchObject({ code: status.PERMISSION_DENIED });
    const known = tls(readFileSync(inFolder('key')), certificate as Buffer);
    const replicas = internals().slice(0, 2);
    for (const replica of replicas) expect(await callSidecar(replica, known, readOrder('checkout-service'))).toBe(200);
    // The actor is on one of them, and takes no command that is not signed.
    const answers = await Promise.all(replicas.map((replica) => callSidecar(replica, known, callActor())));
    expect(answers).toContain(200);
  });

  it('gives a sidecar with the token of checkout, or with none, no certificate of another app', async () => {
    const [http, grpc, internal] = [await freePort(), await freePort(), await freePort()];
    const start = (appId: string, tokenFile: string | undefined): string => {
      const flags = [
        ...['--app-id', appId, '--enable-mtls', '--sentry-address', `127.0.0.1:${ports.sentry}`],
        ...['--dapr-listen-addresses', '127.0.0.1', '--dapr-internal-grpc-listen-address', '127.0.0.1'],
        ...['--dapr-http-port', String(http), '--dapr-grpc-port', String(grpc)],
        ...['--dapr-internal-grpc-port', String(internal), '--enable-metrics=false'],
      ];
      const env = {
        DAPR_TRUST_ANCHORS: readFileSync(mtls('issuer/ca.crt'), 'utf8'),
        ...(tokenFile === undefined ? {} : { DAPR_SENTRY_TOKEN_FILE: mtls(`tokens/${tokenFile}`) }),
      };
      const ended = spawnSync(runtime.daprd, flags, {
        cwd: folder,
        env,
        timeout: 4_000,
        killSignal: 'SIGKILL',
        encoding: 'utf8',
      });
      return `${ended.status ?? ended.signal ?? ''}: ${ended.stdout}${ended.stderr}`;
    };
    expect(start('payment-service', 'checkout-service')).toMatch(/^1: .*PermissionDenied.*"sub\\" not satisfied/s);
    expect(start('payment-service', undefined)).toMatch(/^1: .*a validator name must be specified/s);
    // With its own id it gets one, and runs until it is ended.
    expect(start('checkout-service', 'checkout-service')).toMatch(/^SIGKILL: .*Security is initialized successfully/s);
  });

  it('keeps its keys and tokens from other users, and leaves nothing running', async () => {
    for (const name of [
      'issuer/issuer.key',
      'sentry.yaml',
      ...['order-service', 'checkout-service', 'dapr-placement'].map((id) => `tokens/${id}`),
    ])
      expect({ name, mode: statSync(mtls(name)).mode & 0o777 }).toStrictEqual({ name, mode: 0o600 });
    run.kill('SIGTERM');
    await run.closed;
    expect(run.leftovers()).toStrictEqual([]);
    expect(await isPortFree(ports.sentry)).toBe(true);
  });
});
