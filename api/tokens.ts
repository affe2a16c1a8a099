import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import type { Caller } from '../actors/rules/order-parts.js';
import { fail, ok, type Result, unavailable } from './errors.js';
import type { GuestTokens } from './guest-token.js';
import { isStorable } from './schemas/text.js';

/** Who issues our callers' tokens. */
export interface TokenOptions {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  readonly clockSkewSeconds: number;
  /** A token that is valid for longer is refused. */
  readonly maxLifetimeSeconds: number;
  /** Names of the claims with role, scopes and id of a caller. */
  readonly claims: { readonly role: string; readonly scope: string; readonly subject: string };
}

/** Identifies the holder of a token. */
export interface Tokens {
  /** `unauthenticated` for a token that is not good, `unavailable` where the issuer's keys cannot be had. */
  callerOf(token: string): Promise<Result<Caller>>;
}

const roles = ['staff', 'admin', 'customer'] as const;
const remembered = 10_000;

/**
 * How long a verified token and the issuer's keys are remembered, milliseconds: together less than a minute, after which
 * a key that the issuer has withdrawn is refused.
 */
const tokenMemoryMs = 25_000;
const keyMemoryMs = 30_000;

const unauthenticated = fail({ code: 'unauthenticated', detail: 'The token is not valid.' });

const callerIn = (payload: JWTPayload, { claims }: TokenOptions): Caller | undefined => {
  const { [claims.subject]: id, [claims.scope]: scope, [claims.role]: givenRole } = payload;
  if (typeof id !== 'string' || id === '' || id.length > 255 || !isStorable(id)) return undefined;
  if (givenRole !== undefined && typeof givenRole !== 'string') return undefined;
  if (scope !== undefined && typeof scope !== 'string') return undefined;
  const role = roles.find((known) => known === givenRole);
  if (role !== undefined) return { type: role, id };
  return scope?.split(' ').includes('service') === true ? { type: 'service', id } : undefined;
};

/** Whether a token is valid for longer than allowed, from when it was issued (or from now) until it expires. */
const livesTooLong = ({ exp, iat }: JWTPayload, options: TokenOptions, nowSeconds: number): boolean => {
  const { maxLifetimeSeconds, clockSkewSeconds } = options;
  if (exp === undefined) return true;
  return (
    exp - nowSeconds > maxLifetimeSeconds + clockSkewSeconds ||
    exp - (iat ?? nowSeconds) > maxLifetimeSeconds + clockSkewSeconds
  );
};

/**
 * Bearer tokens: JWTs by the issuer's key set (algorithms pinned, issuer, audience and times checked), and our own guest
 * tokens. A verified token is remembered for a short time, since verifying costs more than most calls.
 */
export const createTokens = (options: TokenOptions, guests: GuestTokens, now: () => number, log: Logger): Tokens => {
  const keys = createRemoteJWKSet(new URL(options.jwksUrl), {
    timeoutDuration: 3_000,
    cooldownDuration: 5_000,
    cacheMaxAge: keyMemoryMs,
  });
  const known = new Map<string, { readonly caller: Caller; readonly until: number }>();

  const remember = (token: string, caller: Caller, until: number): void => {
    const [oldest] = known.keys();
    if (known.size >= remembered && oldest !== undefined) known.delete(oldest);
    known.set(token, { caller, until });
  };

  const verify = async (token: string): Promise<Result<Caller>> => {
    const guestOrder = await guests.verify(token);
    if (guestOrder !== undefined) return ok({ type: 'guest', id: guestOrder });
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA'],
        issuer: options.issuer,
        audience: options.audience,
        clockTolerance: options.clockSkewSeconds,
        requiredClaims: ['exp', options.claims.subject],
      });
      const caller = callerIn(payload, options);
      if (caller === undefined || livesTooLong(payload, options, now() / 1_000)) return unauthenticated;
      const expires = ((payload.exp ?? 0) + options.clockSkewSeconds) * 1_000;
      remember(token, caller, Math.min(expires, now() + tokenMemoryMs));
      return ok(caller);
    } catch (error) {
      const keysAway = error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError);
      const notTheToken = error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC';
      if (!keysAway && !notTheToken) return unauthenticated;
      log.warn({ err: error }, 'the key set of the token issuer cannot be had');
      return fail(unavailable);
    }
  };

  return {
    callerOf: async (token) => {
      const seen = known.get(token);
      if (seen !== undefined && seen.until > now()) return ok(seen.caller);
      known.delete(token);
      return verify(token);
    },
  };
};
