import path from 'node:path';
import { z } from 'zod';
import { configFile, contentOf, type FileContent, inPresentTerms } from './configs/config-file.js';
import { postgresUrl } from './configs/postgres-url.js';
import { parseRedisAddress } from './configs/redis-address.js';

const port = z.coerce.number().int().min(1).max(65535);
/** As Go reads them: the environment of the Go service holds for this one. */
const flagWords = ['true', 'false', '1', '0', 't', 'f', 'True', 'False', 'TRUE', 'FALSE', 'T', 'F'] as const;
const flag = z.union(
  [z.boolean(), z.enum(flagWords).transform((text) => ['true', '1', 't'].includes(text.toLowerCase()))],
  'must be true or false',
);
const count = z.coerce.number().int().min(1);
const twenty = count.default(20);
const natural = z.coerce.number().int().min(0);
const hostPort = z.string().regex(/^[^\s:/]+:\d{1,5}$/, 'must be host:port');

const serviceNames = [
  'checkout',
  'customer',
  'catalog',
  'pricing',
  'warehouse',
  'payment',
  'fulfillment',
  'return',
  'notification',
] as const;

/** App ids whose invocations count as a service's; those of shipping are events, and calls about them. */
const callers = [...serviceNames.slice(0, 7), 'shipping', ...serviceNames.slice(7)].map((name) => `${name}-service`);

/** The other services. */
export type ServiceName = (typeof serviceNames)[number];

const isServiceUrl = (text: string): boolean => {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { username, password, search, hash } = new URL(text);
  return `${username}${password}${search}${hash}` === '';
};
const address = z
  .string()
  .refine(
    (text) => isServiceUrl(text) || hostPort.safeParse(text).success,
    'must be an http:// or https:// URL without credentials, query and fragment (or host:port, which has no effect)',
  );

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
};

const claimName = z.string().min(1, 'must not be empty');

/** Names of the claims of the issuer's tokens; each token needs the subject, and a role or a scope. */
const claimNames = z.strictObject({
  role: claimName.default('role'),
  scope: claimName.default('scope'),
  subject: claimName.default('sub'),
});

/** Under which names the issuer's tokens identify their holder. */
export type ClaimNames = Readonly<z.infer<typeof claimNames>>;

/** What can be set, with its limits and defaults. docs/configuration.md explains each, and a test keeps the two together. */
export const configSchema = z.object({
  environment: z.object({
    ORDER_BIND_ADDRESS: z.union([z.ipv4(), z.ipv6()], 'must be an IP address').optional(),
    ORDER_HTTP_PORT: port.default(8004),
    ORDER_GRPC_PORT: port.default(9004),
    ORDER_CALLBACK_PORT: port.default(8104),
    ORDER_METRICS_PORT: port.default(9464),
    ORDER_METRICS_ON_HTTP_PORT: flag.default(false),
    ORDER_DATABASE_DSN: postgresUrl,
    ORDER_MIGRATION_DSN: postgresUrl.optional(),
    ORDER_REDIS_ADDR: z
      .string()
      .refine(
        (text) => parseRedisAddress(text) !== undefined,
        'must be host:port or redis[s]://[user[:password]@]host[:port][/database]',
      ),
    ORDER_REDIS_PASSWORD: z.string().optional(),
    ORDER_SECRET: z.string().min(32, 'must have at least 32 characters'),
    ORDER_OLD_SECRETS: z
      .string()
      .transform((text) => text.split(',').map((secret) => secret.trim()))
      .pipe(z.array(z.string().min(32, 'must be secrets of at least 32 characters, separated by commas')))
      .optional(),
    APP_API_TOKEN: z.string().min(16, 'must have at least 16 characters'),
    DAPR_API_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
    DAPR_HTTP_PORT: port.default(3504),
    ORDER_JWKS_URL: z.url().default('http://127.0.0.1:8090/.well-known/jwks.json'),
    ORDER_JWT_ISSUER: z.string().min(1).default('http://127.0.0.1:8090'),
    ORDER_JWT_AUDIENCE: z.string().min(1).default('order-service'),
    ORDER_CONSOLE_CLIENT_ID: z.string().min(1).optional(),
    ORDER_CONSOLE_SCOPE: z.string().min(1).default('openid'),
    ORDER_CONSOLE_LINKS: z.string().min(1).optional(),
    ORDER_NUMBER_SEQUENCE_KEY: z.string().min(1).max(40).default('order_number'),
    ORDER_RETURN_WINDOW_DAYS: count.max(3650).default(30),
    ORDER_AUTO_CANCEL_DRAFT_HOURS: z.coerce.number().positive().max(87_600).default(24),
    ORDER_CANCEL_GRACE_SECONDS: z.coerce.number().int().min(0).max(604_800).default(0),
    ORDER_ENABLE_PROMOTIONS: flag.default(true),
    ORDER_ENABLE_MULTIPLE_WAREHOUSES: flag.default(true),
    ORDER_ENABLE_GUEST_CHECKOUT: flag.default(true),
    ORDER_VERIFY_PRICES: flag.default(false),
    ORDER_SHUTDOWN_DELAY_MS: z.coerce.number().int().min(0).max(120_000).default(500),
    ORDER_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    ...(Object.fromEntries(
      serviceNames.map((name) => [`ORDER_${name.toUpperCase()}_SERVICE_ADDR`, address.optional()]),
    ) as Record<`ORDER_${Uppercase<ServiceName>}_SERVICE_ADDR`, z.ZodOptional<typeof address>>),
  }),
  file: z.strictObject({
    order: z
      .strictObject({
        enable_partial_cancellations: flag.default(true),
        enable_returns: flag.default(true),
        number_time_zone: z.string().refine(isTimeZone, 'is not a time zone').default('UTC'),
        default_country: z
          .string()
          .regex(/^[A-Z]{2}$/, 'must be ISO 3166-1 alpha-2')
          .default('US'),
      })
      .prefault({}),
    database: z.strictObject({ connections: count.default(25), lifetime_seconds: count.default(300) }).prefault({}),
    redis: z.strictObject({ database: natural.default(1), dial_timeout_ms: count.default(5000) }).prefault({}),
    rate_limits: z
      .strictObject({ customer_per_second: twenty, guest_per_second: twenty, watches_at_once: twenty })
      .prefault({}),
    cors: z.strictObject({ origins: z.array(z.string()).default([]) }).prefault({}),
    auth: z
      .strictObject({
        dapr_callers: z.array(z.string().min(1)).default([...callers]),
        clock_skew_seconds: natural.max(300).default(5),
        max_token_lifetime_seconds: count.default(86_400),
        claims: claimNames.prefault({}),
      })
      .prefault({}),
    effects: z
      .strictObject({
        concurrency: natural.default(16),
        poll_ms: count.default(200),
        lease_ms: count.min(1000).default(30_000),
        call_timeout_ms: count.default(5000),
      })
      .prefault({}),
    insights: z.strictObject({ interval_ms: natural.default(2000) }).prefault({}),
  }),
});

/** Everything that can be set, checked once at start. */
export type Config = Readonly<z.infer<typeof configSchema>> & {
  /** Keys of the configuration file that mean nothing here. */
  readonly ignoredKeys: readonly string[];
};

type AddressVariable = `ORDER_${Uppercase<ServiceName>}_SERVICE_ADDR`;

const addressVariable = (name: ServiceName): AddressVariable =>
  `ORDER_${name.toUpperCase() as Uppercase<ServiceName>}_SERVICE_ADDR`;

/** URL where another service is reached directly; where undefined, by Dapr service invocation. */
export const serviceAddress = ({ environment }: Config, name: ServiceName): string | undefined => {
  const value = environment[addressVariable(name)];
  return value?.includes('://') === true ? value : undefined;
};

/** The services for which any address is set. */
export const servicesWithAddress = ({ environment }: Config): readonly ServiceName[] =>
  serviceNames.filter((name) => environment[addressVariable(name)] !== undefined);

/** The variables that hold a bare host:port: gRPC ports of the services before these, for which Dapr is used. */
export const unusedAddresses = (config: Config): readonly string[] =>
  servicesWithAddress(config)
    .filter((name) => serviceAddress(config, name) === undefined)
    .map(addressVariable);

/** A configuration that cannot be used: every fault, in one message. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const withoutBlanks = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));

const readFile = (file: string) => {
  try {
    return contentOf(file);
  } catch (error) {
    throw new ConfigError(`the configuration file ${file} cannot be read: ${String(error)}`);
  }
};

const shape = configSchema.shape;
/** The names that the schema knows: what else a file has is the Go service's. */
const knownNames = {
  sections: Object.fromEntries(
    Object.entries(shape.file.shape).map(([section, values]) => [section, Object.keys(values.unwrap().shape)]),
  ),
  variables: new Set<string>(Object.keys(shape.environment.shape)),
};

const inTerms = (file: string, environment: NodeJS.ProcessEnv): FileContent =>
  inPresentTerms(readFile(file), knownNames, environment);

/**
 * The names of the token claims alone, for a tool that signs tokens and has no other part of the configuration.
 * @throws ConfigError when the configuration file cannot be read or its claim names are not valid
 */
export const loadClaimNames = (environment: NodeJS.ProcessEnv, root: string): ClaimNames => {
  const file = configFile(environment, root);
  const read = z
    .object({ auth: z.object({ claims: claimNames.prefault({}) }).prefault({}) })
    .safeParse(inTerms(file, environment).sections);
  if (read.success) return read.data.auth.claims;
  const faults = read.error.issues.map(({ path: where, message }) => `${where.join('.')}: ${message}`);
  throw new ConfigError(`the configuration file ${file} has faults: ${faults.join('; ')}`);
};

/**
 * Reads the environment and configs/config.yaml (`ORDER_CONFIG_FILE` names another). What the environment sets goes before
 * what the file says.
 *
 * @throws ConfigError naming every fault at once
 */
export const loadConfig = (environment: NodeJS.ProcessEnv, root: string): Config => {
  const file = configFile(environment, root);
  const { sections, variables, keyOf, ignored } = inTerms(file, environment);
  const given = withoutBlanks(environment);
  const result = configSchema.safeParse({ environment: { ...variables, ...given }, file: sections });
  const inProduction = environment['NODE_ENV'] === 'production' && result.data?.environment.ORDER_CONSOLE_LINKS;
  if (result.success && !inProduction) return Object.freeze({ ...result.data, ignoredKeys: ignored });
  if (result.success)
    throw new ConfigError(
      'the configuration has faults:\n  ORDER_CONSOLE_LINKS: sign-in links are for development; NODE_ENV is production',
    );
  const faults = result.error.issues.map(({ path: [part, ...rest], message }) => {
    const name = rest.join('.');
    const key = name in given ? undefined : keyOf.get(name);
    const where = part === 'environment' && key === undefined ? name : `${path.basename(file)}: ${key ?? name}`;
    const isMissing = part === 'environment' && (given[name] ?? variables[name]) === undefined;
    return `  ${where}: ${isMissing ? 'must be set' : message}`;
  });
  throw new ConfigError(`the configuration has faults:\n${faults.join('\n')}`);
};
