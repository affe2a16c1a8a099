import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findOnPath } from '../../scripts/system-package.js';
import { freePort } from '../../scripts/ports.js';
import { poll } from '../../scripts/readiness.js';

/** Pings with the connection that the service makes, in a process that trusts the certificate; answers what came back. */
const program = `
const { Redis } = require('ioredis');
const { parseRedisAddress, redisConnection } = require(process.argv[1]);
const target = parseRedisAddress(process.argv[2]);
const redis = new Redis({ ...redisConnection(target, process.argv[3] || undefined), db: target.database ?? 1,
  lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 });
let fault;
redis.on('error', (error) => { fault = error.message; });
redis.connect().then(() => redis.call('ACL', 'WHOAMI'))
  .then((user) => console.log('as ' + user), (error) => console.log('fault ' + (fault ?? error.message)))
  .finally(() => redis.disconnect());
`;

describe('Redis with TLS and a user', () => {
  const folder = mkdtempSync(join(tmpdir(), 'order-service-redis-'));
  const file = (name: string): string => join(folder, name);
  let server: ChildProcess;
  let port = 0;

  const ping = (address: string, password = '', trusted = true): string =>
    execFileSync(
      process.execPath,
      ['-e', program, join(__dirname, '..', '..', 'configs', 'redis-address.js'), address, password],
      {
        cwd: join(__dirname, '..', '..', '..'),
        env: { PATH: process.env['PATH'], ...(trusted ? { NODE_EXTRA_CA_CERTS: file('cert.pem') } : {}) },
        encoding: 'utf8',
      },
    ).trim();

  beforeAll(async () => {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const output = ['-keyout', file('key.pem'), '-out', file('cert.pem'), '-days', '2'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, ...output], {
      stdio: 'ignore',
    });
    port = await freePort();
    const settings = [
      'bind 127.0.0.1',
      'port 0',
      `tls-port ${port}`,
      `tls-cert-file ${file('cert.pem')}`,
      `tls-key-file ${file('key.pem')}`,
      `tls-ca-cert-file ${file('cert.pem')}`,
      'tls-auth-clients no',
      'save ""',
      `dir ${folder}`,
      'user order on >a:secret@ ~* &* +@all',
      'user default off',
    ];
    writeFileSync(file('redis.conf'), `${settings.join('\n')}\n`);
    const redis = findOnPath('redis-server') ?? findOnPath('valkey-server');
    assert.ok(redis !== undefined, 'needs redis-server or valkey-server');
    server = spawn(redis, [file('redis.conf')], { stdio: 'ignore' });
    const answer = () => Promise.resolve(ping(`rediss://order:a%3Asecret%40@127.0.0.1:${port}/2`));
    const fault = await poll(
      async () => ((await answer()).startsWith('as ') ? undefined : answer()),
      30_000,
      () => server.exitCode === null,
    );
    expect(fault).toBeUndefined();
  });
  afterAll(async () => {
    if (server.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('is used as that user, by name and by address', () => {
    for (const host of ['127.0.0.1', 'localhost'])
      expect(ping(`rediss://order:a%3Asecret%40@${host}:${port}/2`)).toBe('as order');
  });

  it('takes ORDER_REDIS_PASSWORD before the password in the URL', () => {
    expect(ping(`rediss://order@127.0.0.1:${port}`, 'a:secret@')).toBe('as order');
    expect(ping(`rediss://order:a%3Asecret%40@127.0.0.1:${port}`, 'wrong')).toMatch(/^fault .*WRONGPASS/);
  });

  it('is not used with a certificate that is not trusted, nor without TLS', () => {
    expect(ping(`rediss://order:a%3Asecret%40@127.0.0.1:${port}`, '', false)).toMatch(/^fault .*certificate/);
    expect(ping(`redis://order:a%3Asecret%40@127.0.0.1:${port}`)).toMatch(/^fault /);
  });
});
