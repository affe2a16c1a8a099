import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { findConnectionString } from '../../../scripts/dsn.js';
import { Failure } from '../../../scripts/failure.js';
import type { Server } from '../../../scripts/managed-process.js';
import { readRunFile } from '../../../scripts/run-file.js';
import { loadSecrets } from '../../../scripts/secrets.js';
import { describeStart } from '../../../scripts/summary.js';

const folder = mkdtempSync(join(tmpdir(), 'order-service-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

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
  const textWith = (own: Server | undefined): string =>
    describeStart({
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
      'http://127.0.0.1:8090/checkout',
      '127.0.0.1:5434/orders',
      '127.0.0.1:6380',
    ])
      assert.ok(text.includes(address), address);
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
    for (const text of [textWith(postgres), textWith(undefined)]) assert.doesNotMatch(text, /secret\b/);
    assert.match(textWith(undefined), /psql "\$ORDER_DATABASE_DSN"/);
    assert.doesNotMatch(textWith(undefined), /npm run -s dsn/);
  });
});

describe('npm run dsn', () => {
  it('tells the given connection string, or that of the Postgres which runs on the data folder', () => {
    assert.equal(findConnectionString({ ORDER_DATABASE_DSN: databaseDsn }, folder), databaseDsn);
    mkdirSync(join(folder, 'postgres'));
    writeFileSync(join(folder, 'postgres', 'postmaster.pid'), `4711\n${folder}/postgres\n1764300000\n5734\n`);
    const { databasePassword } = loadSecrets(folder);
    assert.equal(
      findConnectionString({ ORDER_DATABASE_DSN: '' }, folder),
      `postgres://orders:${databasePassword}@127.0.0.1:5734/orders?sslmode=disable`,
    );
  });

  it('says what to do when none runs', () => {
    assert.throws(() => findConnectionString({}, join(folder, 'nothing')), Failure);
  });
});
