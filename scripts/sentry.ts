import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { stringify } from 'yaml';
import { makeOwnFolder } from './files.js';
import type { ProcessContext } from './managed-process.js';
import { startServer } from './managed-process.js';
import type { InfrastructurePorts } from './ports.js';
import { answersOk } from './readiness.js';

/** What a process of Dapr is started with to prove who it is, and to demand that of others. */
export interface DaprIdentity {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Dapr's certificate authority of one run, and the identities it issues certificates for. */
export interface Sentry {
  readonly placement: DaprIdentity;
  /** Of the sidecars with this app id. */
  sidecar(appId: string): DaprIdentity;
}

export interface SentryOptions {
  readonly program: string;
  readonly ports: InfrastructurePorts;
  readonly dataDir: string;
  /** The apps whose sidecars get a certificate; nobody else gets one. */
  readonly appIds: readonly string[];
  readonly logFile: string;
  readonly context: ProcessContext;
}

const placementId = 'dapr-placement';
/** Of the control plane. Sidecars are in the trust domain `public`, which Sentry takes where a request names none. */
const trustDomain = 'localhost';
/** As long as Sentry's own root certificate is valid. */
const tokenLifetime = '365 days';

/**
 * Starts Sentry with a new root certificate, and makes a token for each identity: Sentry signs a certificate for an app
 * id only against its token. The key that signs the tokens is never written down. All files are in `mtls/` of the data
 * folder, readable by its owner only.
 * @throws Failure when Sentry does not become ready
 */
export async function startSentry(options: SentryOptions): Promise<Sentry> {
  const { ports, appIds } = options;
  const folder = join(options.dataDir, 'mtls');
  // Sentry starts again whenever something in the folder of its certificates changes: the other files are outside it.
  const [issuer, tokens, config] = [join(folder, 'issuer'), join(folder, 'tokens'), join(folder, 'sentry.yaml')];
  rmSync(folder, { recursive: true, force: true });
  for (const path of [folder, issuer, tokens]) makeOwnFolder(path);
  // The namespace of Dapr's processes.
  const namespace = process.env['NAMESPACE'] ?? 'default';
  const subjects = new Map(appIds.map((id) => [id, `spiffe://public/ns/${namespace}/${id}`]));
  subjects.set(placementId, `spiffe://${trustDomain}/ns/${namespace}/${placementId}`);
  const jwks = await writeTokens(tokens, subjects, `spiffe://${trustDomain}/ns/${namespace}/dapr-sentry`);
  writeFileSync(config, stringify(configuration(jwks)), { mode: 0o600 });

  await run(options, [
    ...['--config', config, '--issuer-credentials', issuer, '--trust-domain', trustDomain],
    ...['--port', String(ports.sentry), '--listen-address', '127.0.0.1'],
    // Its metrics would be on every interface.
    ...['--healthz-port', String(ports.sentryHealth), '--enable-metrics=false'],
  ]);

  const root = join(issuer, 'ca.crt');
  const anchors = readFileSync(root, 'utf8');
  const where = ['--sentry-address', `127.0.0.1:${ports.sentry}`];
  const tokenOf = (id: string): Record<string, string> => ({ DAPR_SENTRY_TOKEN_FILE: join(tokens, id) });
  return {
    placement: {
      flags: ['--tls-enabled', ...where, '--trust-domain', trustDomain, '--trust-anchors-file', root],
      env: tokenOf(placementId),
    },
    sidecar: (appId) => ({
      flags: [
        ...['--enable-mtls', ...where],
        ...['--control-plane-trust-domain', trustDomain, '--control-plane-namespace', namespace],
      ],
      env: { ...tokenOf(appId), DAPR_TRUST_ANCHORS: anchors },
    }),
  };
}

/** With another validator than this one, or none, Sentry would sign what everybody asks for. */
function configuration(jwks: object): object {
  const tokenValidators = [{ name: 'jwks', options: { source: JSON.stringify(jwks) } }];
  return {
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Configuration',
    metadata: { name: 'sentry' },
    spec: { mtls: { enabled: true, tokenValidators } },
  };
}

/** Writes a token for each subject and answers the public key to verify them with. */
async function writeTokens(folder: string, subjects: ReadonlyMap<string, string>, audience: string): Promise<object> {
  const alg = 'ES256';
  const kid = 'npm-start';
  const { publicKey, privateKey } = await generateKeyPair(alg);
  for (const [id, subject] of subjects) {
    const token = new SignJWT()
      .setProtectedHeader({ alg, kid })
      .setSubject(subject)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(tokenLifetime);
    writeFileSync(join(folder, id), await token.sign(privateKey), { mode: 0o600 });
  }
  return { keys: [{ ...(await exportJWK(publicKey)), alg, kid, use: 'sig' }] };
}

async function run({ program, ports, dataDir, logFile, context }: SentryOptions, args: string[]): Promise<void> {
  const spec = { name: 'sentry', command: program, args, env: process.env, cwd: dataDir, logFile };
  const check = answersOk('sentry', `http://127.0.0.1:${ports.sentryHealth}/healthz`);
  const { handle, ready } = await startServer(spec, context, check.fault);
  // It takes the root certificate that it has just written for a change, and would start again later, in use.
  await handle.restart();
  await ready();
}
