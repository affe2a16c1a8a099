import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, importJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { createGuestTokens } from '../../api/guest-token.js';
import { devIssuerKey, type DevIssuerKey, publicKeySet } from '../../sandbox/dev-issuer.js';
import { sharedStack } from '../support/stack.js';
import { newId, placed, staff } from '../support/orders.js';
import { refused, taken } from '../support/outcomes.js';
import { surfaces } from './surfaces.js';
import { goodClaims, signed } from '../support/tokens.js';

const stack = sharedStack();
const now = (): number => Math.floor(Date.now() / 1000);
const good = (): JWTPayload => goodClaims(staff, stack);
const without = (name: string): JWTPayload => ({ ...good(), [name]: undefined });
const hmac = (secret: string | Uint8Array, { kid }: DevIssuerKey, claims = good()): Promise<string> =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', kid, typ: 'JWT' })
    .sign(typeof secret === 'string' ? new TextEncoder().encode(secret) : secret);
const tampered = (token: string, claims: JWTPayload): string => {
  const [header, , signature] = token.split('.');
  return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
};

/** Tokens that open nothing, however they were made. */
const faults: Readonly<Record<string, (key: DevIssuerKey) => Promise<string> | string>> = {
  garbage: () => 'garbage',
  'three dots of nothing': () => 'a.b.c',
  empty: () => '',
  'too long': () => 'x'.repeat(8_000),
  expired: () => signed({ ...good(), iat: now() - 700, exp: now() - 60 }, stack),
  'not valid yet': () => signed({ ...good(), nbf: now() + 120 }, stack),
  'of another issuer': () => signed({ ...good(), iss: 'http://127.0.0.1:1' }, stack),
  'for another audience': () => signed({ ...good(), aud: 'payment-service' }, stack),
  'of no issuer': () => signed(without('iss'), stack),
  'for no audience': () => signed(without('aud'), stack),
  'that never ends': () => signed(without('exp'), stack),
  'of nobody': () => signed(without('sub'), stack),
  'of an empty subject': () => signed({ ...good(), sub: '' }, stack),
  'without a role': () => signed(without('role'), stack),
  'with an unknown role': () => signed({ ...good(), role: 'root' }, stack),
  'with the role of the system': () => signed({ ...good(), role: 'system' }, stack),
  'with a list of roles': () => signed({ ...good(), role: ['staff'] }, stack),
  'with a scope that only begins like one': () => signed({ ...without('role'), scope: 'services' }, stack),
  'with algorithm none': () => new UnsecuredJWT(good()).encode(),
  'with algorithm none and a signature': async () => `${new UnsecuredJWT(good()).encode()}x`,
  'HS256 under the public key as PEM': (key) =>
    hmac(
      createPublicKey({ key: publicKeySet(key).keys[0] as JsonWebKey, format: 'jwk' })
        .export({ type: 'spki', format: 'pem' })
        .toString(),
      key,
    ),
  'HS256 under the public key as JWK': (key) => hmac(JSON.stringify(publicKeySet(key).keys[0]), key),
  'HS256 under the coordinate of the public key': (key) => hmac(Buffer.from(key.x, 'base64url'), key),
  "under another key with the issuer's key id": async ({ kid }) => {
    const { privateKey } = await generateKeyPair('ES256');
    return new SignJWT(good()).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey);
  },
  'that brings its own key': async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    return new SignJWT(good()).setProtectedHeader({ alg: 'ES256', jwk }).sign(privateKey);
  },
  'with an unknown key id': async (key) =>
    new SignJWT(good()).setProtectedHeader({ alg: 'ES256', kid: 'other' }).sign(await importJWK(key, 'ES256')),
  'changed after it was signed': async () => tampered(await signed(good(), stack), { ...good(), role: 'admin' }),
  "a guest's under another secret": () => createGuestTokens('x'.repeat(32)).sign(newId('order')),
  "a guest's that ended": () => createGuestTokens(stack.secrets.orderSecret).sign(newId('order'), { ttlSeconds: -60 }),
  "a guest's claims under the root secret itself": (key) =>
    hmac(stack.secrets.orderSecret, key, { order: newId('order'), iss: 'order-service', aud: 'order-service-guest' }),
};

describe.each(surfaces().filter(({ fixedCaller }) => fixedCaller === undefined))('A token, over $name', (driver) => {
  let key: DevIssuerKey;
  beforeAll(async () => {
    key = await devIssuerKey(stack.dataDir);
  });

  it.each(Object.entries(faults))('%s opens nothing', async (_what, make) => {
    const token = await make(key);
    const answers = [
      await driver.listOrders({}, { token }),
      await driver.getOrder('x', { token }),
      await driver.createOrder({}, { token }),
      await driver.cancelOrder('x', {}, { token }),
    ];
    for (const answer of answers) refused(driver, answer, 'unauthenticated');
  });

  it('is needed', async () => {
    refused(driver, await driver.listOrders({}, { token: null }), 'unauthenticated');
    refused(driver, await driver.createOrder({}, { token: null }), 'unauthenticated');
  });

  it('just within the clock skew is good', async () => {
    const order = await placed(driver);
    const token = await signed({ ...good(), exp: now() - 1, jti: newId('token') }, stack);
    expect(taken(await driver.getOrder(order.id, { token }))).toStrictEqual(order);
  });

  it('is forgotten when it ends', async () => {
    const token = await signed({ ...good(), exp: now() - 3, jti: newId('token') }, stack);
    expect((await driver.listOrders({ page_size: 1 }, { token })).ok).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    refused(driver, await driver.listOrders({ page_size: 1 }, { token }), 'unauthenticated');
  });
});
