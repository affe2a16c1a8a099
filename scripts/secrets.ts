import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from './failure.js';
import { setting } from '../configs/data-folder.js';
import { isErrnoException } from './process-table.js';

/** The secrets of one data folder. Those in the environment win, the rest is made once and kept. */
export interface Secrets {
  /** ORDER_SECRET: root of command signatures, guest and page tokens. */
  readonly orderSecret: string;
  /** APP_API_TOKEN: what daprd shows to the application. */
  readonly appApiToken: string;
  /** DAPR_API_TOKEN: what every caller of a sidecar must present. */
  readonly daprApiToken: string;
  /** Of the embedded Postgres: the role that owns the database and migrates it. */
  readonly databasePassword: string;
  /** The role of the service there. */
  readonly serviceDatabasePassword: string;
  /** Its superuser. */
  readonly databaseAdminPassword: string;
  /** Of the Redis that is started here: the user of the service and the sidecars. */
  readonly redisPassword: string;
  /** Its user `admin`, who may do everything. */
  readonly redisAdminPassword: string;
}

const stored = z.object({
  orderSecret: z.string().min(32),
  appApiToken: z.string().min(16),
  databasePassword: z.string().min(16),
  redisPassword: z.string().min(16),
  // Absent in folders of earlier versions.
  daprApiToken: z.string().min(16).optional(),
  serviceDatabasePassword: z.string().min(16).optional(),
  databaseAdminPassword: z.string().min(16).optional(),
  redisAdminPassword: z.string().min(16).optional(),
});

/**
 * Reads `secrets.json` of a data folder, or makes it (readable by its owner only).
 * @param env where ORDER_SECRET, APP_API_TOKEN and DAPR_API_TOKEN may be given instead
 * @throws Failure when the file is damaged or a given secret is too short
 */
export function loadSecrets(dataDir: string, env: NodeJS.ProcessEnv = {}): Secrets {
  const given = env['ORDER_SECRET'];
  if (given !== undefined) demandLongSecret(given);
  const secrets = readOrMake(secretsFile(dataDir));
  return {
    ...secrets,
    orderSecret: given ?? secrets.orderSecret,
    appApiToken: env['APP_API_TOKEN'] ?? secrets.appApiToken,
    daprApiToken: setting(env, 'DAPR_API_TOKEN') ?? secrets.daprApiToken,
  };
}

/**
 * The ORDER_SECRET that the service of this data folder runs with: the one in the environment, else the stored one.
 * @returns undefined when it is neither in the environment nor in `secrets.json`
 * @throws Failure when the file is damaged or a given secret is too short
 */
export function findOrderSecret(dataDir: string, env: NodeJS.ProcessEnv): string | undefined {
  // An empty variable counts as not set.
  const given = env['ORDER_SECRET'] === '' ? undefined : env['ORDER_SECRET'];
  if (given === undefined) return readSecrets(secretsFile(dataDir))?.orderSecret;
  demandLongSecret(given);
  return given;
}

/** Where the secrets of a data folder are kept. */
export function secretsFile(dataDir: string): string {
  return join(dataDir, 'secrets.json');
}

function demandLongSecret(secret: string): void {
  if (secret.length < 32)
    throw new Failure('ORDER_SECRET is shorter than 32 characters. Set a longer one, or unset it to have one made.');
}

function readSecrets(file: string): z.infer<typeof stored> | undefined {
  try {
    return stored.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) {
      throw new Failure(
        `${file} is damaged. Restore it, or delete it together with the folders beside it to start again.`,
      );
    }
    if (isErrnoException(error) && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function readOrMake(file: string): Secrets {
  const present = readSecrets(file);
  const secrets: Secrets = {
    orderSecret: present?.orderSecret ?? randomSecret(),
    appApiToken: present?.appApiToken ?? randomSecret(),
    daprApiToken: present?.daprApiToken ?? randomSecret(),
    databasePassword: present?.databasePassword ?? randomSecret(),
    serviceDatabasePassword: present?.serviceDatabasePassword ?? randomSecret(),
    databaseAdminPassword: present?.databaseAdminPassword ?? randomSecret(),
    redisPassword: present?.redisPassword ?? randomSecret(),
    redisAdminPassword: present?.redisAdminPassword ?? randomSecret(),
  };
  const complete = Object.keys(secrets).every((name) => present?.[name as keyof Secrets] !== undefined);
  if (complete) return secrets;
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}

function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}
