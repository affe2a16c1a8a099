import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { createGuestTokens } from '../../api/guest-token.js';
import { devIssuerKey, publicKeySet } from '../../scripts/dev-issuer.js';

const SECRET = 'a secret of at least thirty-two characters';
const command = join(__dirname, '..', '..', 'scripts', 'token.js');

describe('token command', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandbox-token-'));
  });
  after(() => rm(folder, { recursive: true }));

  const run = (args: string[], env: Record<string, string> = {}) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      execFile(
        process.execPath,
        [command, ...args],
        { env: { ORDER_DATA_DIR: folder, ...env } },
        (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : error.code, stdout, stderr });
        },
      );
    });
  const verify = async (token: string) => {
    const keys = createLocalJWKSet(publicKeySet(await devIssuerKey(folder)));
    const { payload } = await jwtVerify(token.trim(), keys, {
      algorithms: ['ES256'],
      issuer: 'http://127.0.0.1:8090',
      audience: 'order-service',
    });
    return payload;
  };

  it('makes one key, whoever comes first', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => devIssuerKey(folder)));
    assert.equal(new Set(keys.map(({ kid }) => kid)).size, 1);
    assert.deepEqual(await readdir(folder), ['dev-issuer.json']);
    assert.equal(JSON.stringify(publicKeySet(await devIssuerKey(folder))).includes('"d"'), false);
  });

  it('prints tokens for services, staff and customers', async () => {
    const service = await verify((await run(['--role', 'service'])).stdout);
    assert.deepEqual([service['scope'], service.sub, service['role']], ['service', 'cli', undefined]);
    assert.equal((service.exp ?? 0) - (service.iat ?? 0), 12 * 3600);
    const staff = await verify((await run(['--role', 'staff', '--sub', 's-1', '--ttl', '60'])).stdout);
    assert.deepEqual([staff['role'], staff.sub, (staff.exp ?? 0) - (staff.iat ?? 0)], ['staff', 's-1', 60]);
    const customer = await verify((await run(['--role', 'customer', '--sub', 'c-1'])).stdout);
    assert.deepEqual([customer['role'], customer.sub], ['customer', 'c-1']);
  });

  it('prints guest tokens, with the secret from the environment or the data folder', async () => {
    const tokens = createGuestTokens(SECRET);
    const args = ['--role', 'guest', '--order', 'o-1'];
    const without = await run(args);
    assert.equal(without.code, 2);
    assert.match(without.stderr, /ORDER_SECRET/);
    const { stdout } = await run(args, { ORDER_SECRET: SECRET });
    assert.equal(await tokens.verify(stdout.trim()), 'o-1');
    await writeFile(join(folder, 'secrets.json'), JSON.stringify({ ORDER_SECRET: SECRET, APP_API_TOKEN: 'x' }));
    assert.equal((await run(args)).stdout, stdout);
    assert.equal(await tokens.verify((await run([...args, '--ttl=-5'])).stdout.trim()), undefined);
  });

  it('says what is wrong with its arguments', async () => {
    for (const args of [
      [],
      ['--role', 'king'],
      ['--role', 'customer'],
      ['--role', 'guest'],
      ['--odd'],
      ['--role', 'staff', '--ttl', 'soon'],
    ]) {
      const { code, stdout, stderr } = await run(args);
      assert.equal(code, 2, args.join(' '));
      assert.equal(stdout, '');
      assert.notEqual(stderr, '');
    }
  });
});

describe('guest tokens', () => {
  it('are for one order under one secret', async () => {
    const tokens = createGuestTokens(SECRET);
    const token = await tokens.sign('o-1');
    assert.equal(await tokens.verify(token), 'o-1');
    assert.equal(await tokens.sign('o-1'), token);
    assert.equal(await createGuestTokens(`${SECRET}!`).verify(token), undefined);
    for (const wrong of ['', 'x', `${token}x`, token.split('.').slice(0, 2).join('.') + '.']) {
      assert.equal(await tokens.verify(wrong), undefined);
    }
  });
});
