import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { createGuestTokens } from '../../api/guest-token.js';
import { createTokens } from '../../api/tokens.js';
import { loadClaimNames } from '../../config.js';
import { devIssuerKey, publicKeySet } from '../../sandbox/dev-issuer.js';
import { loadSecrets } from '../../scripts/secrets.js';

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

  const standard = { role: 'role', scope: 'scope', subject: 'sub' };

  /** The service's own verification of tokens, with this folder's issuer. */
  const verification = async (claims: typeof standard) => {
    const guests = createGuestTokens(loadSecrets(folder).orderSecret);
    const keys = createServer((_request, response) => {
      void devIssuerKey(folder).then((key) => response.end(JSON.stringify(publicKeySet(key))));
    });
    await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve));
    const { port } = keys.address() as AddressInfo;
    const options = {
      jwksUrl: `http://127.0.0.1:${port}/`,
      issuer: 'http://127.0.0.1:8090',
      audience: 'order-service',
      clockSkewSeconds: 5,
      maxLifetimeSeconds: 86_400,
      claims,
    };
    const tokens = createTokens(options, guests, Date.now, pino({ level: 'silent' }));
    return { tokens, close: () => new Promise((resolve) => keys.close(resolve)) };
  };

  it('prints tokens that the service accepts, for each role', async () => {
    const { tokens, close } = await verification(standard);
    try {
      for (const [args, caller] of [
        [['--role', 'service'], { type: 'service', id: 'cli' }],
        [['--role', 'service', '--sub', 'x'], { type: 'service', id: 'x' }],
        [['--role', 'staff'], { type: 'staff', id: 'dev-staff' }],
        [['--role', 'staff', '--sub', 'x'], { type: 'staff', id: 'x' }],
        [['--role', 'admin'], { type: 'admin', id: 'dev-admin' }],
        [['--role', 'admin', '--sub', 'x'], { type: 'admin', id: 'x' }],
        [['--role', 'customer'], { type: 'customer', id: 'dev-customer' }],
        [['--role=customer', '--sub=x'], { type: 'customer', id: 'x' }],
        [['--role', 'guest', '--order', 'o-1'], { type: 'guest', id: 'o-1' }],
      ] as const) {
        const { code, stdout, stderr } = await run([...args]);
        assert.deepEqual([code, stderr], [0, ''], args.join(' '));
        expect(await tokens.callerOf(stdout.trim())).toStrictEqual({ ok: true, value: caller });
      }
    } finally {
      await close();
    }
  });

  it('uses the claim names of the configuration, and the service only these', async () => {
    const claims = { role: 'https://shop.example/role', scope: 'scp', subject: 'uid' };
    const file = join(folder, 'config.yaml');
    await writeFile(file, stringify({ auth: { claims } }));
    const { tokens: renamed, close } = await verification(claims);
    const { tokens: usual, close: closeUsual } = await verification(standard);
    const refused = { code: 'unauthenticated', detail: 'The token is not valid.' };
    try {
      for (const role of ['service', 'staff', 'admin', 'customer'] as const) {
        const args = ['--role', role, '--sub', 'x'];
        const token = (await run(args, { ORDER_CONFIG_FILE: file })).stdout.trim();
        expect(await renamed.callerOf(token)).toStrictEqual({ ok: true, value: { type: role, id: 'x' } });
        expect(await usual.callerOf(token)).toStrictEqual({ ok: false, problem: refused });
        const other = (await run(args)).stdout.trim();
        expect(await renamed.callerOf(other)).toStrictEqual({ ok: false, problem: refused });
      }
      expect(loadClaimNames({ ORDER_CONFIG_FILE: file }, folder).subject).toBe('uid');
      await writeFile(file, stringify({ order: {} }));
      expect(loadClaimNames({ ORDER_CONFIG_FILE: file }, folder)).toStrictEqual(standard);
      await writeFile(file, stringify({ auth: { claims: { role: '' } } }));
      expect(() => loadClaimNames({ ORDER_CONFIG_FILE: file }, folder)).toThrow(
        /auth\.claims\.role: must not be empty/,
      );
    } finally {
      await Promise.all([close(), closeUsual()]);
    }
  });

  it('takes the secret of guest tokens from the environment before the data folder', async () => {
    const args = ['--role', 'guest', '--order', 'o-1'];
    const { orderSecret } = loadSecrets(folder);
    const here = createGuestTokens(SECRET);
    const there = createGuestTokens(orderSecret);
    const given = (await run(args, { ORDER_SECRET: SECRET })).stdout.trim();
    expect([await here.verify(given), await there.verify(given)]).toStrictEqual(['o-1', undefined]);
    const stored = (await run(args, { ORDER_SECRET: '' })).stdout.trim();
    expect([await here.verify(stored), await there.verify(stored)]).toStrictEqual([undefined, 'o-1']);
    expect(await there.verify((await run([...args, '--ttl=-5'])).stdout.trim())).toBeUndefined();
  });

  const fails = async (args: string[], env: Record<string, string>, message: RegExp): Promise<void> => {
    const { code, stdout, stderr } = await run(args, env);
    assert.deepEqual([code, stdout], [1, ''], args.join(' '));
    expect(stderr).toMatch(message);
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
  };

  it('says where a secret that cannot be used should come from', async () => {
    const args = ['--role', 'guest', '--order', 'o-1'];
    const empty = join(folder, 'empty');
    const damaged = join(folder, 'damaged');
    await mkdir(damaged);
    await writeFile(join(damaged, 'secrets.json'), JSON.stringify({ ORDER_SECRET: SECRET }));
    await fails(args, { ORDER_DATA_DIR: empty }, /^A guest token needs ORDER_SECRET .*secrets\.json/);
    await fails(args, { ORDER_DATA_DIR: damaged }, /secrets\.json is damaged\./);
    await writeFile(join(damaged, 'dev-issuer.json'), '{}');
    await fails(['--role', 'staff'], { ORDER_DATA_DIR: damaged }, /dev-issuer\.json is not the key .*\.$/m);
    await fails(args, { ORDER_SECRET: 'short' }, /^ORDER_SECRET is shorter than 32 characters\./);
  });

  it('says in one sentence what is wrong with its arguments', async () => {
    for (const [args, message] of [
      [[], /^--role is required: one of service, staff/],
      [['--role', 'king'], /^The role "king" is unknown/],
      [['--role', 'guest'], /^A guest token needs --order/],
      [['--role', 'guest', '--order'], /^--order needs a value\.$/m],
      [['--role', 'guest', '--order', ''], /^--order needs a value\.$/m],
      [['--role', 'guest', '--order', 'o-1', '--sub', 'x'], /^A guest token takes --order, not --sub\.$/m],
      [['--role', 'staff', '--order', 'o-1'], /^--order is only for --role guest\.$/m],
      [['--role'], /^--role needs a value\.$/m],
      [['--role', '--sub', 'x'], /^--role needs a value\.$/m],
      [['--role', 'staff', '--sub='], /^--sub needs a value\.$/m],
      [['--role', 'staff', '--sub', 'x'.repeat(256)], /^--sub must have at most 255 characters\.$/m],
      [['--role', 'staff', '--ttl', 'soon'], /^--ttl must be a whole number of seconds\.$/m],
      [['--odd'], /^The option --odd is unknown; there are --role, /],
      [['-x'], /^The option -x is unknown/],
      [['--role', 'staff', 'x'], /^"x" is not an option\.$/m],
    ] as const)
      await fails([...args], {}, message);
  });
});

describe('guest tokens', () => {
  it('are for one order under one secret', async () => {
    const tokens = createGuestTokens(SECRET);
    const times = { orderCreatedAt: new Date() };
    const token = await tokens.sign('o-1', times);
    expect(await tokens.verify(token)).toBe('o-1');
    expect(await tokens.sign('o-1', times)).toBe(token);
    expect(await createGuestTokens(`${SECRET}!`).verify(token)).toBeUndefined();
    for (const wrong of ['', 'x', `${token}x`, token.split('.').slice(0, 2).join('.') + '.']) {
      expect(await tokens.verify(wrong)).toBeUndefined();
    }
  });

  it('end 400 days after the creation of their order, whenever they are signed', async () => {
    const tokens = createGuestTokens(SECRET);
    const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);
    const { iat, exp } = decodeJwt(await tokens.sign('o-1', { orderCreatedAt: new Date('2026-01-01T00:00:00.900Z') }));
    expect([iat, exp]).toStrictEqual([Date.UTC(2026, 0, 1) / 1000, Date.UTC(2026, 0, 401) / 1000]);
    expect(await tokens.verify(await tokens.sign('o-1', { orderCreatedAt: daysAgo(399) }))).toBe('o-1');
    expect(await tokens.verify(await tokens.sign('o-1', { orderCreatedAt: daysAgo(400) }))).toBeUndefined();
    const old = decodeJwt(await tokens.sign('o-1'));
    expect((old.exp ?? 0) - (old.iat ?? 0)).toBe(400 * 86_400);
  });
});
