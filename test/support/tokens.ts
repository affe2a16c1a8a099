import { importJWK, type JWTPayload, SignJWT } from 'jose';
import type { Caller } from '../../actors/rules/order-parts.js';
import { createGuestTokens } from '../../api/guest-token.js';
import { devIssuerKey } from '../../sandbox/dev-issuer.js';
import type { StackDescription } from '../../scripts/stack-types.js';

/** The caller of every call that names no other. */
export const service: Caller = { type: 'service', id: 'contract-suite' };

const claimsOf = ({ type, id }: Caller): JWTPayload => ({
  sub: id,
  ...(type === 'service' ? { scope: 'service' } : { role: type }),
});

/** The claims of a good token of this caller, for ten minutes from now; faulty tokens start from here. */
export const goodClaims = (caller: Caller, { jwt }: StackDescription): JWTPayload => {
  const now = Math.floor(Date.now() / 1000);
  return { ...claimsOf(caller), iss: jwt.issuer, aud: jwt.audience, iat: now, exp: now + 600 };
};

/** Signs claims as the development issuer of this stack does. */
export const signed = async (claims: JWTPayload, stack: StackDescription): Promise<string> => {
  const jwk = await devIssuerKey(stack.dataDir);
  return new SignJWT(claims)
    .setProtectedHeader({ alg: jwk.alg, kid: jwk.kid, typ: 'JWT' })
    .sign(await importJWK(jwk, jwk.alg));
};

/** A good token for this caller. A guest's id is their order's. */
export const tokenFor = (caller: Caller, stack: StackDescription): Promise<string> =>
  caller.type === 'guest'
    ? createGuestTokens(stack.secrets.orderSecret).sign(caller.id)
    : signed(goodClaims(caller, stack), stack);
