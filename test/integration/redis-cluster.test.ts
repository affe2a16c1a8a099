import { type ChildProcess, spawn } from 'node:child_process';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { startRedis } from '../../app/redis.js';
import { findOnPath } from '../../scripts/system-package.js';
import { freePort } from '../../scripts/ports.js';
import { eventually } from '../support/outcomes.js';

describe('The start with a Redis Cluster', () => {
  const folder = mkdtempSync(join(tmpdir(), 'order-service-redis-cluster-'));
  let server: ChildProcess;
  let port = 0;
  let redis: Redis | undefined;

  beforeAll(async () => {
    // The bus of the cluster has this port and 10,000.
    do port = await freePort();
    while (port > 55_000);
    const program = findOnPath('redis-server') ?? findOnPath('valkey-server');
    assert.ok(program !== undefined, 'needs redis-server or valkey-server');
    const settings = ['--bind', '127.0.0.1', '--port', String(port), '--cluster-enabled', 'yes', '--save', ''];
    server = spawn(program, [...settings, '--dir', folder], { stdio: 'ignore' });
  });
  afterEach(() => redis?.disconnect());
  afterAll(async () => {
    if (server.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([0, 1])('says in a sentence that it is not supported, with database %i', async (database) => {
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
    const environment = { ORDER_REDIS_ADDR: `127.0.0.1:${port}`, ORDER_REDIS_PASSWORD: undefined };
    redis = startRedis({ environment, file: { redis: { database, dial_timeout_ms: 2_000 } } }, log);
    await eventually(
      () => Promise.resolve(lines.length),
      (count) => count > 0,
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/ORDER_REDIS_ADDR leads to a Redis Cluster, which is not supported/);
  });
});
