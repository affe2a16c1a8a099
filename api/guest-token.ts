import { createHmac } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';

/** Tokens with which a guest reaches the one order they placed. When a token's rights end is the order's affair. */
export interface GuestTokens {
  /** A token for this order; the same order always gets the same one. With `ttlSeconds` it also expires by itself. */
  sign(orderId: string, ttlSeconds?: number): Promise<string>;
  /** The order that a token is for, or undefined when it is not one of ours, not a guest token, or expired. */
  verify(token: string): Promise<string | undefined>;
}

const ISSUER = 'order-service';
const AUDIENCE = 'order-service-guest';

/** Guest tokens are HS256 JWTs under a key of their own, derived from the service's root secret. */
export function createGuestTokens(secret: string): GuestTokens {
  const key = new Uint8Array(createHmac('sha256', secret).update('guest-token').digest());

  return {
    sign(orderId, ttlSeconds) {
      const token = new SignJWT({ order: orderId })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE);
      if (ttlSeconds !== undefined) token.setExpirationTime(Math.floor(Date.now() / 1000) + ttlSeconds);
      return token.sign(key);
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], issuer: ISSUER, audience: AUDIENCE });
        return typeof payload['order'] === 'string' && payload['order'] !== '' ? payload['order'] : undefined;
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}
