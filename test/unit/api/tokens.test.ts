import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { pino } from 'pino';
import { createGuestTokens } from '../../../api/guest-token.js';
import { createTokens, type Tokens } from '../../../api/tokens.js';

/** Only the date is ours to set: requests for keys take their real time. */
const notFaked = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

describe('tokens of the issuer', () => {
  let server: Server;
  let keys: JWK[] = [];
  let privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

  beforeAll(async () => {
    const pair = await generateKeyPair('ES256');
    ({ privateKey } = pair);
    keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' }];
    server = createServer((_request, response) => response.end(JSON.stringify({ keys })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    jest.useRealTimers();
    server.close();
    server.closeAllConnections();
  });

  const verification = (): Tokens => {
    const options = {
      jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      issuer: 'issuer',
      audience: 'order-service',
      clockSkewSeconds: 5,
      maxLifetimeSeconds: 86_400,
      claims: { role: 'role', scope: 'scope', subject: 'sub' },
    };
    const guests = createGuestTokens('a secret of at least thirty-two characters');
    return createTokens(options, guests, () => Date.now(), pino({ level: 'silent' }));
  };
  const seconds = (): number => Math.floor(Date.now() / 1_000);
  const signed = (claims: Readonly<Record<string, unknown>>): Promise<string> =>
    new SignJWT({ iss: 'issuer', aud: 'order-service', sub: 'x', role: 'staff', exp: seconds() + 3_600, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .sign(privateKey);
  const refused = { ok: false, problem: { code: 'unauthenticated', detail: 'The token is not valid.' } };

  it('are refused where a claim has another type', async () => {
    const tokens = verification();
    for (const wrong of [null, ['x'], { x: 1 }, 7, true, '', 'a\u0000b', '\ud800', 'x'.repeat(256)])
      expect([wrong, await tokens.callerOf(await signed({ sub: wrong }))]).toStrictEqual([wrong, refused]);
    for (const wrong of [null, ['staff'], 7, {}]) {
      const withRole = await signed({ role: wrong, scope: 'service' });
      expect([wrong, await tokens.callerOf(withRole)]).toStrictEqual([wrong, refused]);
      expect([wrong, await tokens.callerOf(await signed({ scope: wrong }))]).toStrictEqual([wrong, refused]);
    }
    expect((await tokens.callerOf(await signed({}))).ok).toBe(true);
  });

  it('are refused where they live longer than allowed', async () => {
    const tokens = verification();
    const now = seconds();
    for (const wrong of [{ exp: 1e300 }, { exp: now + 86_500 }, { iat: now - 86_000, exp: now + 1_000 }])
      expect([wrong, await tokens.callerOf(await signed(wrong))]).toStrictEqual([wrong, refused]);
    expect((await tokens.callerOf(await signed({ iat: now, exp: now + 86_400 }))).ok).toBe(true);
  });

  it('are refused within a minute after the issuer has withdrawn their key', async () => {
    jest.useFakeTimers({ now: Date.now(), doNotFake: [...notFaked] });
    const tokens = verification();
    const token = await signed({});
    expect((await tokens.callerOf(token)).ok).toBe(true);
    const withdrawn = keys;
    keys = [{ ...(await exportJWK((await generateKeyPair('ES256')).publicKey)), kid: 'two', alg: 'ES256' }];
    jest.setSystemTime(Date.now() + 24_000);
    expect((await tokens.callerOf(token)).ok).toBe(true);
    jest.setSystemTime(Date.now() + 2_000);
    await tokens.callerOf(token);
    jest.setSystemTime(Date.now() + 33_000);
    expect(await tokens.callerOf(token)).toStrictEqual(refused);
    keys = withdrawn;
    jest.useRealTimers();
  });
});
