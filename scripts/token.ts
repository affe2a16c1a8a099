import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { types } from 'node:util';
import { importJWK, SignJWT, type JWTPayload } from 'jose';
import { z } from 'zod';
import { createGuestTokens } from '../api/guest-token.js';
import { dataFolder, devIssuerKey, setting } from './dev-issuer.js';

/** What was asked on the command line makes no sense. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

const ROLES = ['service', 'staff', 'admin', 'customer', 'guest'] as const;
type Role = (typeof ROLES)[number];
interface Wish {
  role: Role;
  sub: string | undefined;
  order: string | undefined;
  /** Seconds. */
  ttl: number | undefined;
}

const USAGE = `Usage: npm run -s token -- --role ${ROLES.join('|')} [--sub ID] [--order ID] [--ttl SECONDS]`;
const TWELVE_HOURS = 12 * 3600;

const isRole = (name: string | undefined): name is Role => (ROLES as readonly (string | undefined)[]).includes(name);

const parseOptions = (args: string[]): { role?: string; sub?: string; order?: string; ttl?: string } => {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args, options: { role: text, sub: text, order: text, ttl: text } }).values;
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`${error.message}\n${USAGE}`);
    throw error;
  }
};

/** Reads the arguments. Throws `UsageError`. A negative `--ttl` is fine: it makes an expired token. */
function readWish(args: string[]): Wish {
  const { role, sub, order, ttl } = parseOptions(args);
  if (!isRole(role)) throw new UsageError(`--role must be one of ${ROLES.join(', ')}.\n${USAGE}`);
  if (ttl !== undefined && !/^-?\d{1,10}$/.test(ttl)) throw new UsageError('--ttl must be a whole number of seconds.');
  if (sub === '') throw new UsageError('--sub must not be empty.');
  if (role === 'customer' && sub === undefined) throw new UsageError('A customer token needs --sub, the customer id.');
  if (role === 'guest' && !order) throw new UsageError('A guest token needs --order, the order id.');
  if (role === 'guest' && sub !== undefined) throw new UsageError('A guest has no --sub.');
  if (role !== 'guest' && order !== undefined) throw new UsageError('--order goes with --role guest only.');
  return { role, sub, order, ttl: ttl === undefined ? undefined : Number(ttl) };
}

const secretsSchema = z.object({ ORDER_SECRET: z.string().min(32) });

async function orderSecret(env: NodeJS.ProcessEnv): Promise<string> {
  const given = setting(env, 'ORDER_SECRET');
  if (given !== undefined) return given;
  const file = join(dataFolder(env), 'secrets.json');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`A guest token needs ORDER_SECRET, in the environment or in ${file}.`, { cause });
  });
  return secretsSchema.parse(JSON.parse(text)).ORDER_SECRET;
}

async function makeToken({ role, sub, order, ttl }: Wish, env: NodeJS.ProcessEnv): Promise<string> {
  if (role === 'guest') return createGuestTokens(await orderSecret(env)).sign(order ?? '', ttl);

  const jwk = await devIssuerKey(dataFolder(env));
  const claims: JWTPayload = role === 'service' ? { scope: 'service' } : { role };
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT(claims)
    .setProtectedHeader({ alg: jwk.alg, kid: jwk.kid, typ: 'JWT' })
    .setIssuer(setting(env, 'ORDER_JWT_ISSUER') ?? 'http://127.0.0.1:8090')
    .setAudience(setting(env, 'ORDER_JWT_AUDIENCE') ?? 'order-service')
    .setSubject(sub ?? (role === 'service' ? 'cli' : `dev-${role}`))
    .setIssuedAt(now)
    .setExpirationTime(now + (ttl ?? TWELVE_HOURS))
    .sign(await importJWK(jwk, jwk.alg));
}

async function main(): Promise<void> {
  process.stdout.write(`${await makeToken(readWish(process.argv.slice(2)), process.env)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${types.isNativeError(error) ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
