import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it, mock } from 'node:test';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { pino } from 'pino';
import { createGuestTokens } from '../../../api/guest-token.js';
import { createTokens, type Tokens } from '../../../api/tokens.js';

describe('tokens of the issuer', () => {
  let server: Server;
  let keys: JWK[] = [];
  let privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

  before(async () => {
    const pair = await generateKeyPair('ES256');
    ({ privateKey } = pair);
    keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' }];
    server = createServer((_request, response) => response.end(JSON.stringify({ keys })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(() => {
    mock.timers.reset();
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
      assert.deepEqual(await tokens.callerOf(await signed({ sub: wrong })), refused, JSON.stringify(wrong));
    for (const wrong of [null, ['staff'], 7, {}]) {
      const withRole = await signed({ role: wrong, scope: 'service' });
      assert.deepEqual(await tokens.callerOf(withRole), refused, JSON.stringify(wrong));
      assert.deepEqual(await tokens.callerOf(await signed({ scope: wrong })), refused, JSON.stringify(wrong));
    }
    assert.equal((await tokens.callerOf(await signed({}))).ok, true);
  });

  it('are refused where they live longer than allowed', async () => {
    const tokens = verification();
    const now = seconds();
    for (const wrong of [{ exp: 1e300 }, { exp: now + 86_500 }, { iat: now - 86_000, exp: now + 1_000 }])
      assert.deepEqual(await tokens.callerOf(await signed(wrong)), refused, JSON.stringify(wrong));
    assert.equal((await tokens.callerOf(await signed({ iat: now, exp: now + 86_400 }))).ok, true);
  });

  it('are refused within a minute after the issuer has withdrawn their key', async () => {
    mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const tokens = verification();
    const token = await signed({});
    assert.equal((await tokens.callerOf(token)).ok, true);
    const withdrawn = keys;
    keys = [{ ...(await exportJWK((await generateKeyPair('ES256')).publicKey)), kid: 'two', alg: 'ES256' }];
    mock.timers.setTime(Date.now() + 24_000);
    assert.equal((await tokens.callerOf(token)).ok, true);
    mock.timers.setTime(Date.now() + 2_000);
    await tokens.callerOf(token);
    mock.timers.setTime(Date.now() + 33_000);
    assert.deepEqual(await tokens.callerOf(token), refused);
    keys = withdrawn;
    mock.timers.reset();
  });
});
