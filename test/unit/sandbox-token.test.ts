import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { createGuestTokens } from '../../api/guest-token.js';
import { devIssuerKey, publicKeySet } from '../../scripts/dev-issuer.js';

const SECRET = 'a secret of at least thirty-two characters';
const command = join(__dirname, '..', '..', 'scripts', 'token.js');

describe('token command', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandbox-token-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

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
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(1);
    expect(await readdir(folder)).toStrictEqual(['dev-issuer.json']);
    expect(JSON.stringify(publicKeySet(await devIssuerKey(folder))).includes('"d"')).toBe(false);
  });

  it('prints tokens for services, staff and customers', async () => {
    const service = await verify((await run(['--role', 'service'])).stdout);
    expect([service['scope'], service.sub, service['role']]).toStrictEqual(['service', 'cli', undefined]);
    expect((service.exp ?? 0) - (service.iat ?? 0)).toBe(12 * 3600);
    const staff = await verify((await run(['--role', 'staff', '--sub', 's-1', '--ttl', '60'])).stdout);
    expect([staff['role'], staff.sub, (staff.exp ?? 0) - (staff.iat ?? 0)]).toStrictEqual(['staff', 's-1', 60]);
    const customer = await verify((await run(['--role', 'customer', '--sub', 'c-1'])).stdout);
    expect([customer['role'], customer.sub]).toStrictEqual(['customer', 'c-1']);
  });

  it('prints guest tokens, with the secret from the environment or the data folder', async () => {
    const tokens = createGuestTokens(SECRET);
    const args = ['--role', 'guest', '--order', 'o-1'];
    const without = await run(args);
    expect(without.code).toBe(2);
    expect(without.stderr).toMatch(/ORDER_SECRET/);
    const { stdout } = await run(args, { ORDER_SECRET: SECRET });
    expect(await tokens.verify(stdout.trim())).toBe('o-1');
    await writeFile(join(folder, 'secrets.json'), JSON.stringify({ ORDER_SECRET: SECRET, APP_API_TOKEN: 'x' }));
    expect((await run(args)).stdout).toBe(stdout);
    expect(await tokens.verify((await run([...args, '--ttl=-5'])).stdout.trim())).toBeUndefined();
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
      expect(stdout).toBe('');
      expect(stderr).not.toBe('');
    }
  });
});

describe('guest tokens', () => {
  it('are for one order under one secret', async () => {
    const tokens = createGuestTokens(SECRET);
    const token = await tokens.sign('o-1');
    expect(await tokens.verify(token)).toBe('o-1');
    expect(await tokens.sign('o-1')).toBe(token);
    expect(await createGuestTokens(`${SECRET}!`).verify(token)).toBeUndefined();
    for (const wrong of ['', 'x', `${token}x`, token.split('.').slice(0, 2).join('.') + '.']) {
      expect(await tokens.verify(wrong)).toBeUndefined();
    }
  });
});
