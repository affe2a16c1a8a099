import { createHmac } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { guestTokenDays } from '../actors/rules/access.js';

/** How long a guest token is valid. */
export interface GuestTokenTimes {
  /** Default: the current time, for tokens that are signed without reading the order. */
  readonly orderCreatedAt?: Date | undefined;
  /** Ends the token so many seconds from now, in place of 400 days after the creation of the order. */
  readonly ttlSeconds?: number | undefined;
}

/**
 * Tokens with which a guest reaches the one order they placed. What ends a token before its own time, the order knows: its
 * return window, or that it becomes a customer's.
 */
export interface GuestTokens {
  /** A token for this order. The same order, created at the same time, always gets the same one. */
  sign(orderId: string, times?: GuestTokenTimes): Promise<string>;
  /** The order that a token is for, or undefined when it is not one of ours, not a guest token, or expired. */
  verify(token: string): Promise<string | undefined>;
}

const ISSUER = 'order-service';
const AUDIENCE = 'order-service-guest';

const seconds = (time: number): number => Math.floor(time / 1000);

/** Guest tokens are HS256 JWTs under a key of their own, derived from the service's root secret. */
export function createGuestTokens(secret: string): GuestTokens {
  const key = new Uint8Array(createHmac('sha256', secret).update('guest-token').digest());

  return {
    sign(orderId, { orderCreatedAt = new Date(), ttlSeconds } = {}) {
      const issuedAt = seconds(orderCreatedAt.getTime());
      const expiresAt =
        ttlSeconds === undefined ? issuedAt + guestTokenDays * 86_400 : seconds(Date.now()) + ttlSeconds;
      return new SignJWT({ order: orderId })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(key);
    },
    async verify(token) {
      try {
        // Tokens of earlier releases have no times: those end with their order alone.
        const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], issuer: ISSUER, audience: AUDIENCE });
        return typeof payload['order'] === 'string' && payload['order'] !== '' ? payload['order'] : undefined;
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}
