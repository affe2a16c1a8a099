import { stringify } from 'yaml';

/** The ports of a cluster of two Postgres servers, all on loopback. */
export interface ClusterPorts {
  readonly etcd: number;
  readonly etcdPeer: number;
  /** Of HAProxy: whichever server is the primary. */
  readonly proxy: number;
  readonly pooler: number;
  /** Of each member. */
  readonly postgres: readonly number[];
  readonly patroni: readonly number[];
}

/** One member of the cluster. */
export interface MemberOptions {
  /** 0, 1 */
  readonly index: number;
  readonly ports: ClusterPorts;
  readonly folder: string;
  readonly postgresBin: string;
  readonly passwords: Readonly<Record<'admin' | 'replication', string>>;
}

const loopback = '127.0.0.1';

/** How long the lock of a leader lasts, seconds: the shortest that Patroni accepts. An outage lasts about as long. */
const timeToLive = 20;

/**
 * Patroni's settings. What keeps acknowledged commits is `synchronous_mode` (a commit waits for the standby, and only a
 * standby that has every commit is promoted) with Postgres' default `synchronous_commit`.
 */
export const patroniSettings = ({ index, ports, folder, postgresBin, passwords }: MemberOptions): string => {
  const [patroni, postgres] = [`${loopback}:${ports.patroni[index] ?? 0}`, `${loopback}:${ports.postgres[index] ?? 0}`];
  return stringify({
    scope: 'orders',
    name: memberName(index),
    restapi: { listen: patroni, connect_address: patroni },
    etcd3: { host: `${loopback}:${ports.etcd}` },
    bootstrap: {
      dcs: {
        ...{ ttl: timeToLive, loop_wait: 3, retry_timeout: 5, synchronous_mode: true },
        postgresql: {
          ...{ use_pg_rewind: true, use_slots: true },
          parameters: {
            ...{ synchronous_commit: 'on', max_connections: 200, jit: 'off', timezone: 'UTC', log_timezone: 'UTC' },
            log_error_verbosity: 'terse',
          },
        },
      },
      initdb: [
        { encoding: 'UTF8' },
        { locale: 'C' },
        { 'locale-provider': 'builtin' },
        { 'builtin-locale': 'C.UTF-8' },
        // pg_rewind needs them.
        'data-checksums',
      ],
    },
    postgresql: {
      ...{ listen: postgres, connect_address: postgres, data_dir: `${folder}/data`, bin_dir: postgresBin },
      pgpass: `${folder}/pgpass`,
      authentication: {
        superuser: { username: 'postgres', password: passwords.admin },
        replication: { username: 'replicator', password: passwords.replication },
      },
      parameters: { unix_socket_directories: '' },
      pg_hba: ['replication replicator', 'all all'].map((who) => `host ${who} ${loopback}/32 scram-sha-256`),
      remove_data_directory_on_rewind_failure: true,
      remove_data_directory_on_diverged_timelines: true,
    },
  });
};

/** The name of a member in Patroni and HAProxy. */
export const memberName = (index: number): string => `postgres${index + 1}`;

/** HAProxy in front: connections go to the member whose Patroni says that it is the primary. */
export const proxySettings = (ports: ClusterPorts): string =>
  [
    ...['global', '  maxconn 400', 'defaults', '  mode tcp', '  timeout connect 2s', '  timeout check 1s'],
    ...['  timeout client 30m', '  timeout server 30m', 'listen postgres', `  bind ${loopback}:${ports.proxy}`],
    ...['  option httpchk OPTIONS /primary', '  http-check expect status 200'],
    '  default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions',
    ...ports.postgres.map(
      (port, index) =>
        `  server ${memberName(index)} ${loopback}:${port} check addr ${loopback} port ${ports.patroni[index] ?? 0}`,
    ),
    '',
  ].join('\n');

/** What a client of node-postgres sends at its start and PgBouncer does not know; the role has them instead. */
const startupParameters = [
  'extra_float_digits',
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
];

/** How PgBouncer shares its connections to Postgres among clients. */
export type PoolMode = 'session' | 'transaction';

/** The mode to test with a PgBouncer, from what `pgbouncer --version` prints: from 1.21 on it knows named statements. */
export const poolModeOf = (version: string): PoolMode => {
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 1 || Number(minor) >= 21 ? 'transaction' : 'session';
};

/** PgBouncer before HAProxy. */
export const poolerSettings = (ports: ClusterPorts, folder: string, mode: PoolMode): string =>
  [
    ...['[databases]', `orders = host=${loopback} port=${ports.proxy} dbname=orders`, '[pgbouncer]'],
    ...[`listen_addr = ${loopback}`, `listen_port = ${ports.pooler}`, 'unix_socket_dir ='],
    ...['auth_type = plain', `auth_file = ${folder}/users.txt`],
    ...[`pool_mode = ${mode}`, ...(mode === 'transaction' ? ['max_prepared_statements = 200'] : [])],
    // In transaction mode fewer than clients, so that they do share.
    ...[`default_pool_size = ${mode === 'transaction' ? 20 : 80}`, 'max_client_conn = 200', 'server_login_retry = 1'],
    ...[`ignore_startup_parameters = ${startupParameters.join(',')}`, 'server_reset_query = discard all'],
    '',
  ].join('\n');
