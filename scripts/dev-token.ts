import { importJWK, SignJWT, type JWTPayload } from 'jose';
import { type ClaimNames, ConfigError, loadClaimNames } from '../config.js';
import { dataFolder, setting } from '../configs/data-folder.js';
import { devIssuerKey, UnreadableKey } from '../sandbox/dev-issuer.js';
import { Failure } from './failure.js';
import { projectRoot } from './paths.js';

/** Whom a token of the development issuer is for. */
export interface DevTokenRequest {
  readonly role: 'service' | 'staff' | 'admin' | 'customer';
  readonly sub: string | undefined;
  readonly ttlSeconds: number | undefined;
}

const TWELVE_HOURS = 12 * 3600;

/** The names by which the service looks for the claims. */
function claimNames(env: NodeJS.ProcessEnv): ClaimNames {
  try {
    return loadClaimNames(env, projectRoot);
  } catch (error) {
    if (error instanceof ConfigError) throw new Failure(`No token was made: ${error.message}.`, { cause: error });
    throw error;
  }
}

/** Signs a token with the key of the development issuer, which is in the data folder. */
export async function signDevToken(
  { role, sub, ttlSeconds }: DevTokenRequest,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const jwk = await devIssuerKey(dataFolder(env)).catch((error: unknown) => {
    throw error instanceof UnreadableKey ? new Failure(error.message, { cause: error }) : error;
  });
  const names = claimNames(env);
  const claims: JWTPayload = {
    ...(role === 'service' ? { [names.scope]: 'service' } : { [names.role]: role }),
    [names.subject]: sub ?? (role === 'service' ? 'cli' : `dev-${role}`),
  };
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT(claims)
    .setProtectedHeader({ alg: jwk.alg, kid: jwk.kid, typ: 'JWT' })
    .setIssuer(setting(env, 'ORDER_JWT_ISSUER') ?? 'http://127.0.0.1:8090')
    .setAudience(setting(env, 'ORDER_JWT_AUDIENCE') ?? 'order-service')
    .setIssuedAt(now)
    .setExpirationTime(now + (ttlSeconds ?? TWELVE_HOURS))
    .sign(await importJWK(jwk, jwk.alg));
}
