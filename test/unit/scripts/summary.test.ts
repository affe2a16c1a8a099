import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { findConnectionString } from '../../../scripts/dsn.js';
import { Failure } from '../../../scripts/failure.js';
import type { Server } from '../../../scripts/managed-process.js';
import { readRunFile } from '../../../scripts/run-file.js';
import { makePrivateFolder } from '../../../scripts/files.js';
import { loadSecrets } from '../../../scripts/secrets.js';
import { describeStart } from '../../../scripts/summary.js';

const folder = mkdtempSync(join(tmpdir(), 'order-service-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const databaseDsn = 'postgres://orders:very-secret@127.0.0.1:5434/orders?sslmode=disable';
const postgres: Server = {
  handle: {
    name: 'postgres',
    logFile: 'postgres.log',
    pid: undefined,
    kill: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    restart: () => Promise.resolve(),
  },
  ready: () => Promise.resolve(),
};

describe('what npm start prints at the end', () => {
  const textWith = (own: Server | undefined, consoleLink?: string): string =>
    describeStart({
      consoleLink,
      dataDir: folder,
      logsDir: join(folder, 'logs'),
      apps: readRunFile().apps,
      parts: { databaseDsn, postgres: own, redis: { address: '127.0.0.1:6380', password: 'also-secret' } },
    });

  it('names the address of every part and of the API documentation', () => {
    const text = textWith(postgres);
    for (const address of [
      'http://127.0.0.1:8004/api/v1/orders/docs',
      'http://127.0.0.1:8014/api/v1/orders',
      '127.0.0.1:9004',
      'http://127.0.0.1:9464/metrics',
      'http://127.0.0.1:3504',
      'daprApiToken in',
      'http://127.0.0.1:8090/checkout',
      '127.0.0.1:5434/orders',
      '127.0.0.1:6380',
    ])
      assert.ok(text.includes(address), address);
  });

  it('begins with the console: the link that signs in, or in production its address alone', () => {
    const link = 'http://127.0.0.1:8004/console#sign-in=one-time';
    const lines = (given?: string): readonly string[] => textWith(postgres, given).split('\n').slice(2, 4);
    expect(lines(link)).toStrictEqual([
      `  Console   ${link}`,
      '            (opens signed in as staff, once; a fresh link: npm run -s console)',
    ]);
    expect(lines()).toStrictEqual(['  Console   http://127.0.0.1:8004/console', expect.stringMatching(/^ {2}REST /)]);
  });

  it('has a command for each next step', () => {
    const text = textWith(postgres);
    for (const command of [
      'npm run -s token',
      'curl -s',
      'customer_id=',
      'tail -f',
      'psql "$(npm run -s dsn)"',
      'kill ',
    ])
      assert.ok(text.includes(command), command);
  });

  it('has no password, and no npm run dsn where the database is external', () => {
    for (const text of [textWith(postgres), textWith(undefined)]) expect(text).not.toMatch(/secret\b/);
    expect(textWith(undefined)).toMatch(/psql "\$ORDER_DATABASE_DSN"/);
    expect(textWith(undefined)).not.toMatch(/npm run -s dsn/);
  });
});

describe('npm run dsn', () => {
  it('reports the given connection string, or that of the Postgres which runs on the data folder', () => {
    expect(findConnectionString({ ORDER_DATABASE_DSN: databaseDsn }, folder)).toBe(databaseDsn);
    mkdirSync(join(folder, 'postgres'));
    writeFileSync(join(folder, 'postgres', 'postmaster.pid'), `4711\n${folder}/postgres\n1764300000\n5734\n`);
    const { databasePassword } = loadSecrets(folder);
    expect(findConnectionString({ ORDER_DATABASE_DSN: '' }, folder)).toBe(
      `postgres://orders:${databasePassword}@127.0.0.1:5734/orders?sslmode=disable`,
    );
  });

  it('needs no new data folder where one of an earlier version lacks a secret', () => {
    const older = { orderSecret: 'o'.repeat(32), appApiToken: 'a'.repeat(16), databasePassword: 'd'.repeat(16) };
    const own = join(folder, 'older');
    mkdirSync(own);
    writeFileSync(join(own, 'secrets.json'), JSON.stringify({ ...older, redisPassword: 'r'.repeat(16) }));
    const loaded = loadSecrets(own);
    expect(loaded).toMatchObject({ ...older, redisPassword: 'r'.repeat(16) });
    const { daprApiToken, databaseAdminPassword, serviceDatabasePassword, redisAdminPassword } = loaded;
    const made = [daprApiToken, databaseAdminPassword, serviceDatabasePassword, redisAdminPassword];
    expect(new Set(made).size).toBe(made.length);
    for (const secret of made) expect(secret.length).toBeGreaterThanOrEqual(32);
    expect(loadSecrets(own)).toStrictEqual(loaded);
    expect(loadSecrets(own, { DAPR_API_TOKEN: 'given'.repeat(4) }).daprApiToken).toBe('given'.repeat(4));
  });

  it('says what to do when none runs', () => {
    expect(() => findConnectionString({}, join(folder, 'nothing'))).toThrow(Failure);
  });
});

describe('the data folder of npm start', () => {
  it('can be listed by its user alone, also where it was made before', () => {
    const own = join(folder, 'private', 'data');
    for (const mode of [undefined, 0o755]) {
      if (mode !== undefined) chmodSync(own, mode);
      makePrivateFolder(own);
      expect(statSync(own).mode & 0o777).toBe(process.getuid?.() === 0 ? 0o711 : 0o700);
    }
  });
});
