import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { isAtLeast } from '../../../scripts/dapr-versions.js';
import { Failure } from '../../../scripts/failure.js';
import { withFileLock } from '../../../scripts/file-lock.js';
import { startProcess } from '../../../scripts/managed-process.js';
import type { ProcessEnd } from '../../../scripts/managed-process.js';
import { identify, isRunning } from '../../../scripts/process-table.js';
import { ownerOf, takeDataFolder } from '../../../scripts/run-records.js';

const folder = mkdtempSync(join(tmpdir(), 'order-service-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const unsaid = (): undefined => undefined;

describe('a process of the stack', () => {
  const sleeper = { name: 'sleeper', command: process.execPath, env: process.env, cwd: folder };

  it('can be killed, started again and stopped, and is recorded while it runs', async () => {
    const records = await takeDataFolder(join(folder, 'a'), unsaid);
    const endings: ProcessEnd[] = [];
    const context = { records, onUnexpectedEnd: (_: unknown, end: ProcessEnd) => void endings.push(end) };
    const spec = { ...sleeper, args: ['-e', 'setInterval(() => {}, 1e6)'], logFile: join(folder, 'log') };
    const handle = await startProcess(spec, context);
    const first = handle.pid;
    expect(records.list().map(({ pid }) => pid)).toStrictEqual([first]);
    await handle.kill('SIGKILL');
    expect(handle.pid).toBeUndefined();
    await handle.restart();
    expect(handle.pid).not.toBe(first);
    await handle.kill('SIGSTOP');
    await handle.stop();
    expect(handle.pid).toBeUndefined();
    expect(records.list()).toStrictEqual([]);
    expect(endings).toStrictEqual([]);
    records.release();
  });

  it('is reported when it ends unasked', async () => {
    const records = await takeDataFolder(join(folder, 'b'), unsaid);
    const end = await new Promise<ProcessEnd>((resolve, reject) => {
      const context = { records, onUnexpectedEnd: (_: unknown, seen: ProcessEnd) => resolve(seen) };
      const args = ['-e', 'console.log("last words"); process.exit(3)'];
      startProcess({ ...sleeper, args, logFile: join(folder, 'words') }, context).catch(reject);
    });
    expect(end.code).toBe(3);
    expect(readFileSync(join(folder, 'words'), 'utf8')).toBe('last words\n');
    records.release();
  });

  it('cannot be started from a program that is not there, which is said', async () => {
    const records = await takeDataFolder(join(folder, 'c'), unsaid);
    const spec = { ...sleeper, command: join(folder, 'nothing'), args: [], logFile: join(folder, 'log') };
    await expect(startProcess(spec, { records, onUnexpectedEnd: unsaid })).rejects.toThrow(Failure);
    records.release();
  });
});

describe('a data folder', () => {
  it('is refused while another living process has it', async () => {
    const taken = join(folder, 'taken');
    mkdirSync(join(taken, 'run'), { recursive: true });
    writeFileSync(join(taken, 'run', 'owner.json'), JSON.stringify(identify(process.ppid)));
    await expect(takeDataFolder(taken, unsaid)).rejects.toThrow(/already running/);
    expect(ownerOf(taken)?.pid).toBe(process.ppid);
  });

  it('is taken over from a dead one, whose processes are ended, and no others', async () => {
    const left = join(folder, 'left');
    mkdirSync(join(left, 'run'), { recursive: true });
    writeFileSync(join(left, 'run', 'owner.json'), JSON.stringify({ pid: process.ppid, startedAt: 'long ago' }));
    const args = ['-e', 'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1e6)'];
    const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    const identity = identify(child.pid ?? 0);
    const common = { stopSignal: 'SIGTERM', leadsGroup: true, recordedAt: Date.now() };
    const reused = { pid: process.pid, startedAt: 'long ago', name: 'reused', ...common };
    const recorded = [{ ...identity, name: 'leftover', ...common }, reused];
    writeFileSync(join(left, 'run', 'processes.json'), JSON.stringify(recorded));
    let swept: string[] = [];
    const records = await takeDataFolder(left, (names) => {
      swept = names;
    });
    expect(swept).toStrictEqual(['leftover']);
    assert.ok(identity);
    expect(isRunning(identity)).toBe(false);
    records.release();
  });
});

describe('a file lock', () => {
  it('lets one at a time through, and is taken over from the dead', async () => {
    const file = join(folder, 'lock');
    writeFileSync(file, JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name} in`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push(`${name} out`);
    };
    await Promise.all([withFileLock(file, unsaid, work('a')), withFileLock(file, unsaid, work('b'))]);
    expect(order).toStrictEqual(['a in', 'a out', 'b in', 'b out']);
  });
});

describe('versions', () => {
  it('compare by their numbers', () => {
    expect(isAtLeast('1.18.1', '1.18.0')).toBe(true);
    expect(isAtLeast('1.26', '1.26')).toBe(true);
    expect(isAtLeast('2.0.0', '1.18.9')).toBe(true);
    expect(isAtLeast('1.9.9', '1.18.0')).toBe(false);
    expect(isAtLeast('1.26.3', '1.26.4')).toBe(false);
  });
});
