import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { types } from 'node:util';
import { Client } from 'pg';
import { Failure } from '../../scripts/failure.js';
import { readIfThere } from '../../scripts/files.js';
import { startGuard } from '../../scripts/guard.js';
import { openLog } from '../../scripts/infrastructure.js';
import { type ProcessHandle, startProcess } from '../../scripts/managed-process.js';
import { projectRoot } from '../../scripts/paths.js';
import { findOrGetPatroni } from './patroni.js';
import {
  type ClusterPorts,
  memberName,
  patroniSettings,
  type PoolMode,
  poolModeOf,
  poolerSettings,
  proxySettings,
} from './settings.js';
import { claimFreeOffset } from '../../scripts/ports.js';
import { accountLauncher } from '../../scripts/postgres-launch.js';
import { descendants, signalProcess } from '../../scripts/process-table.js';
import { poll } from '../../scripts/readiness.js';
import { takeDataFolder } from '../../scripts/run-records.js';
import { findOrInstallProgram } from '../../scripts/system-package.js';

/** A primary and a synchronous standby that Patroni runs, behind one address. */
export interface PostgresCluster {
  /** Of the database `orders` on whichever server is the primary, as its owner. */
  readonly dsn: string;
  /** The same through PgBouncer. */
  readonly pooledDsn: string;
  /** Transaction where the installed PgBouncer knows named statements. */
  readonly poolMode: PoolMode;
  readonly logsDir: string;
  /** Kills the primary, its Patroni and every process of it with SIGKILL. Answers its index. */
  killPrimary(): Promise<number>;
  /** Starts what was killed again. */
  restart(index: number): Promise<void>;
  /** Has Patroni make the standby the primary, in an orderly way. */
  switchOver(): Promise<void>;
  /** Waits until a primary accepts writes at the address. */
  writable(): Promise<void>;
  /** Waits until there is a primary with a synchronous standby. @throws Failure when it does not come about in time */
  ready(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

interface MemberState {
  readonly name: string;
  readonly role: string;
  readonly state: string;
}

const patienceMs = 180_000;
const offsetPorts = (offset: number): ClusterPorts => ({
  ...{ etcd: 2379 + offset, etcdPeer: 2380 + offset, proxy: 5540 + offset, pooler: 5541 + offset },
  ...{ postgres: [5542 + offset, 5543 + offset], patroni: [8108 + offset, 8109 + offset] },
});

/** Starts it in a temporary folder. It goes when this process dies. @throws Failure with what to do */
export async function startPostgresCluster(log: (line: string) => void): Promise<PostgresCluster> {
  const { python, postgresBin, folders } = await findOrGetPatroni(log);
  const etcd = await findOrInstallProgram('etcd', 'etcd-server', log);
  const haproxy = await findOrInstallProgram('haproxy', 'haproxy', log);
  const pgbouncer = await findOrInstallProgram('pgbouncer', 'pgbouncer', log);
  const poolMode = poolModeOf(execFileSync(pgbouncer, ['--version'], { encoding: 'utf8' }));

  const dataDir = mkdtempSync(join(tmpdir(), 'order-service-cluster-'));
  // Postgres may run as another user, who must be able to enter.
  chmodSync(dataDir, 0o711);
  const guard = startGuard(dataDir, true);
  const records = await takeDataFolder(dataDir, () => undefined);
  const { offset, release } = await claimFreeOffset((from) => {
    const { postgres, patroni, ...single } = offsetPorts(from);
    return [...Object.values(single), ...postgres, ...patroni];
  });
  const ports = offsetPorts(offset);
  const context = {
    records,
    onUnexpectedEnd: ({ name, logFile }: ProcessHandle) => log(`${name} ended unasked; its log is ${logFile}`),
  };
  const launcher = accountLauncher([...folders, dataDir]);
  const password = (): string => randomBytes(18).toString('base64url');
  const passwords = { admin: password(), replication: password(), owner: password() };
  const started: ProcessHandle[] = [];

  const ownFolder = (name: string): string => {
    const folder = join(dataDir, name);
    mkdirSync(folder, { mode: 0o700 });
    launcher.handOver(folder);
    return folder;
  };
  const ownFile = (path: string, text: string): string => {
    writeFileSync(path, text, { mode: 0o600 });
    launcher.handOver(path);
    return path;
  };
  const run = async (name: string, program: string, args: string[], asPostgres: boolean): Promise<ProcessHandle> => {
    const command = asPostgres ? launcher.wrap(program, args) : { command: program, args };
    const env = { ...process.env, LC_ALL: 'C', PGDATA: undefined, HOME: dataDir };
    const handle = await startProcess(
      { name, ...command, env, cwd: dataDir, logFile: openLog(dataDir, name) },
      context,
    );
    started.push(handle);
    return handle;
  };

  const stop = async (): Promise<void> => {
    records.close();
    // Those that were started last, Postgres among them, still have what they need to end properly.
    for (const handle of started.toReversed()) await handle.stop(20_000);
    for (const index of [0, 1]) killPostgres(index);
    records.release();
    await release();
    await guard.dismiss();
    rmSync(dataDir, { recursive: true, force: true });
  };

  /** Postgres, and its processes, which Patroni starts in sessions of their own. */
  const killPostgres = (index: number): void => {
    const pid = Number(readIfThere(join(dataDir, memberName(index), 'data', 'postmaster.pid'))?.split('\n')[0]);
    if (!Number.isInteger(pid) || pid <= 0) return;
    for (const one of [pid, ...descendants(pid)]) signalProcess(one, 'SIGKILL');
  };

  const members = async (): Promise<readonly MemberState[]> => {
    for (const port of ports.patroni) {
      const response = await fetch(`http://127.0.0.1:${port}/cluster`, { signal: AbortSignal.timeout(2_000) }).catch(
        () => undefined,
      );
      if (response?.ok !== true) continue;
      return ((await response.json()) as { readonly members: readonly MemberState[] }).members;
    }
    return [];
  };
  const indexOf = (list: readonly MemberState[], role: string): number =>
    ports.postgres.findIndex((_port, index) => list.some((one) => one.name === memberName(index) && one.role === role));

  const ready = async (): Promise<void> => {
    const fault = async (): Promise<string | undefined> => {
      const list = await members();
      const well = list.every(({ state }) => state === 'running' || state === 'streaming');
      if (well && indexOf(list, 'leader') >= 0 && indexOf(list, 'sync_standby') >= 0) return undefined;
      return (
        list.map(({ name, role, state }) => `${name} is ${role}, ${state}`).join('; ') || 'Patroni does not answer'
      );
    };
    const found = await poll(fault, patienceMs);
    if (found !== undefined) throw new Failure(`The Postgres cluster does not become ready: ${found}.`);
  };

  const address = (role: string, secret: string, database: string, port = ports.proxy): string =>
    `postgres://${role}:${secret}@127.0.0.1:${port}/${database}?sslmode=disable`;
  const dsn = address('orders', passwords.owner, 'orders');

  const writable = async (): Promise<void> => {
    const fault = async (): Promise<string | undefined> => {
      const client = new Client({ connectionString: dsn, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
      client.on('error', () => undefined); // Reported by connect below.
      try {
        await client.connect();
        // A commit that must reach the standby, too, where there is one.
        await client.query('create table if not exists cluster_probe (at timestamptz); truncate cluster_probe');
        return undefined;
      } catch (error) {
        return types.isNativeError(error) ? error.message : String(error);
      } finally {
        await client.end().catch(() => undefined); // Already closed when connecting failed.
      }
    };
    const found = await poll(fault, patienceMs);
    if (found !== undefined) throw new Failure(`No primary accepts writes: ${found}`);
  };

  try {
    const listening = [`http://127.0.0.1:${ports.etcd}`, `http://127.0.0.1:${ports.etcdPeer}`];
    const urls = ['client', 'peer'].flatMap((kind, index) => [`--listen-${kind}-urls`, listening[index] ?? '']);
    const told = [...['--advertise-client-urls', listening[0] ?? ''], '--initial-advertise-peer-urls'];
    const peers = [listening[1] ?? '', '--initial-cluster', `default=${listening[1] ?? ''}`];
    await run('etcd', etcd, ['--data-dir', join(dataDir, 'etcd'), ...urls, ...told, ...peers], false);
    const patroni: ProcessHandle[] = [];
    for (const index of ports.postgres.keys()) {
      const folder = ownFolder(memberName(index));
      const settings = patroniSettings({ index, ports, folder, postgresBin, passwords });
      const file = ownFile(join(folder, 'patroni.yaml'), settings);
      patroni.push(await run(memberName(index), python, ['-m', 'patroni', file], true));
    }
    const proxyFile = join(dataDir, 'haproxy.cfg');
    writeFileSync(proxyFile, proxySettings(ports));
    await run('haproxy', haproxy, ['-db', '-f', proxyFile], false);
    await ready();
    await createDatabase(address('postgres', passwords.admin, 'postgres'), passwords.owner);
    const poolerFolder = ownFolder('pgbouncer');
    ownFile(join(poolerFolder, 'users.txt'), `"orders" "${passwords.owner}"\n`);
    const poolerFile = ownFile(join(poolerFolder, 'pgbouncer.ini'), poolerSettings(ports, poolerFolder, poolMode));
    await run('pgbouncer', pgbouncer, [poolerFile], true);
    await writable();
    return {
      ...{ dsn, poolMode, writable, ready, stop },
      pooledDsn: address('orders', passwords.owner, 'orders', ports.pooler),
      logsDir: join(dataDir, 'logs'),
      killPrimary: async () => {
        const index = indexOf(await members(), 'leader');
        if (index < 0) throw new Error('the cluster has no primary to kill');
        await patroni[index]?.kill('SIGKILL');
        killPostgres(index);
        return index;
      },
      restart: async (index) => {
        await patroni[index]?.restart();
      },
      switchOver: async () => {
        const list = await members();
        const body = {
          leader: memberName(indexOf(list, 'leader')),
          candidate: memberName(indexOf(list, 'sync_standby')),
        };
        const url = `http://127.0.0.1:${ports.patroni[0] ?? 0}/switchover`;
        const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
        if (!response.ok) throw new Error(`the switchover failed: ${await response.text()}`);
      },
    };
  } catch (error) {
    keepLogs(join(dataDir, 'logs'), log);
    await stop();
    throw error;
  }
}

/** Copies logs to a folder that outlives the cluster. */
export function keepLogs(folder: string, log: (line: string) => void): void {
  const kept = join(projectRoot, '.data', 'failover-logs');
  if (!existsSync(folder)) return;
  cpSync(folder, kept, { recursive: true });
  log('the logs are kept in .data/failover-logs');
}

async function createDatabase(admin: string, ownerPassword: string): Promise<void> {
  const client = new Client({ connectionString: admin });
  await client.connect();
  try {
    await client.query(`create role orders login createdb password ${client.escapeLiteral(ownerPassword)}`);
    await client.query('grant pg_read_all_stats to orders');
    // The service sends them at the start of each connection, and PgBouncer drops them.
    await client.query(`alter role orders set statement_timeout = '5s'`);
    await client.query(`alter role orders set lock_timeout = '2s'`);
    await client.query(`alter role orders set idle_in_transaction_session_timeout = '5s'`);
    await client.query('create database orders owner orders');
  } finally {
    await client.end();
  }
}
