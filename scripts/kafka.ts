import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeOwnFolder } from './files.js';
import { kafkaProperties } from './kafka-properties.js';
import { mavenJars } from './maven.js';
import { type ProcessContext, type Server, startServer } from './managed-process.js';

/** A Kafka broker with SASL and TLS, as in production, on loopback. */
export interface Kafka extends Server {
  /** host:port */
  readonly brokers: string;
  readonly username: string;
  readonly password: string;
  /** PEM text of the certificate that clients must trust. */
  readonly certificate: string;
  /**
   * Runs one of Kafka's command-line tools against the broker.
   *
   * @param tool name of its main class
   * @returns its output
   */
  tool(tool: string, ...args: readonly string[]): Promise<string>;
}

/** Where a Kafka keeps its data, and its ports. */
export interface KafkaOptions {
  readonly dataDir: string;
  readonly logFile: string;
  readonly ports: { readonly broker: number; readonly controller: number };
  readonly context: ProcessContext;
  progress(line: string): void;
}

const username = 'orders';
/** Small: the machine runs everything else beside it. */
const javaOptions = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** A certificate for 127.0.0.1 that is its own authority, and its key, as PEM files. */
function makeCertificate(folder: string): { readonly certificate: string; readonly keystore: string } {
  const key = join(folder, 'key.pem');
  const certificate = join(folder, 'certificate.pem');
  const keystore = join(folder, 'keystore.pem');
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', certificate, '-days', '30'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, ...files], { stdio: 'ignore' });
  writeFileSync(keystore, readFileSync(key, 'utf8') + readFileSync(certificate, 'utf8'), { mode: 0o600 });
  return { certificate, keystore };
}

/** The fault with a TCP port, undefined when it accepts connections. */
const askPort = (port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error) => resolve(error.message));
  });

/** Starts a broker with an empty log. @throws Failure when it cannot be had or does not start */
export async function startKafka({ dataDir, logFile, ports, context, progress }: KafkaOptions): Promise<Kafka> {
  const jars = await mavenJars('kafka', ['-DincludeScope=runtime'], progress);
  const folder = join(dataDir, 'kafka');
  makeOwnFolder(folder);
  const { certificate, keystore } = makeCertificate(folder);
  const password = randomBytes(18).toString('base64url');
  const adminPassword = randomBytes(18).toString('base64url');
  const properties = join(folder, 'server.properties');
  const place = { ports, dataFolder: join(folder, 'data'), keystore, certificate, adminPassword };
  writeFileSync(properties, kafkaProperties(place), { mode: 0o600 });
  const classes = ['-cp', `${jars}/*`];
  const id = randomBytes(16).toString('base64url');
  const users = [`admin,password=${adminPassword}`, `${username},password=${password}`];
  const scram = users.flatMap((user) => ['--add-scram', `SCRAM-SHA-512=[name=${user}]`]);
  // With an equals sign: an id may begin with a dash, which would be taken for an option.
  const format = ['format', '--standalone', `--cluster-id=${id}`, '-c', properties, ...scram];
  appendFileSync(logFile, execFileSync('java', [...classes, 'kafka.tools.StorageTool', ...format], { stdio: 'pipe' }));

  const command = [...javaOptions, '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', ...classes, 'kafka.Kafka'];
  const server = await startServer(
    { name: 'kafka', command: 'java', args: [...command, properties], env: process.env, cwd: folder, logFile },
    context,
    () => askPort(ports.broker),
  );

  const client = join(folder, 'client.properties');
  const login = `org.apache.kafka.common.security.scram.ScramLoginModule required username="admin" password="${adminPassword}";`;
  const settings = ['security.protocol=SASL_SSL', 'sasl.mechanism=SCRAM-SHA-512', `sasl.jaas.config=${login}`];
  const trust = ['ssl.truststore.type=PEM', `ssl.truststore.location=${certificate}`];
  writeFileSync(client, [...settings, ...trust, ''].join('\n'), { mode: 0o600 });
  const brokers = `127.0.0.1:${ports.broker}`;
  return {
    ...server,
    brokers,
    username,
    password,
    certificate: readFileSync(certificate, 'utf8'),
    tool: async (tool, ...args) => {
      const connection = ['--bootstrap-server', brokers, '--command-config', client];
      const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error';
      const run = promisify(execFile);
      return (await run('java', [...javaOptions, quiet, ...classes, tool, ...connection, ...args])).stdout;
    },
  };
}
