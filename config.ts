import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseRedisAddress } from './redis-address.js';

const port = z.coerce.number().int().min(1).max(65535);
const flag = z.union([
  z.boolean(),
  z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1'),
]);
const count = z.coerce.number().int().min(1);
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

/** The other services (SPEC section 4). */
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

/** Under which names the issuer's tokens tell who their holder is. */
export type ClaimNames = Readonly<z.infer<typeof claimNames>>;

/** What can be set, with its limits and defaults. docs/configuration.md explains each, and a test keeps the two together. */
export const configSchema = z.object({
  environment: z.object({
    ORDER_BIND_ADDRESS: z.union([z.ipv4(), z.ipv6()], 'must be an IP address').optional(),
    ORDER_HTTP_PORT: port.default(8004),
    ORDER_GRPC_PORT: port.default(9004),
    ORDER_CALLBACK_PORT: port.default(8104),
    ORDER_METRICS_PORT: port.default(9464),
    ORDER_DATABASE_DSN: z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL'),
    ORDER_MIGRATION_DSN: z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL')
      .optional(),
    ORDER_REDIS_ADDR: z
      .string()
      .refine(
        (text) => parseRedisAddress(text) !== undefined,
        'must be host:port or redis[s]://[user[:password]@]host[:port][/database]',
      ),
    ORDER_REDIS_PASSWORD: z.string().optional(),
    ORDER_SECRET: z.string().min(32, 'must have at least 32 characters'),
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
    order: z.strictObject({
      enable_partial_cancellations: flag,
      enable_returns: flag,
      number_time_zone: z.string().refine(isTimeZone, 'is not a time zone'),
      default_country: z.string().regex(/^[A-Z]{2}$/, 'must be ISO 3166-1 alpha-2'),
    }),
    database: z.strictObject({ connections: count, lifetime_seconds: count }),
    redis: z.strictObject({ database: z.number().int().min(0), dial_timeout_ms: count }),
    rate_limits: z.strictObject({ customer_per_second: count, guest_per_second: count }),
    cors: z.strictObject({ origins: z.array(z.string()) }),
    auth: z.strictObject({
      dapr_callers: z.array(z.string().min(1)),
      clock_skew_seconds: z.number().int().min(0).max(300),
      max_token_lifetime_seconds: count.default(86_400),
      claims: claimNames.prefault({}),
    }),
    effects: z.strictObject({
      concurrency: z.number().int().min(0),
      poll_ms: count,
      lease_ms: count.min(1000),
      call_timeout_ms: count,
    }),
    insights: z.strictObject({ interval_ms: z.number().int().min(0) }),
  }),
});

/** Everything that can be set, checked once at start. Names are those of SPEC section 5. */
export type Config = Readonly<z.infer<typeof configSchema>>;

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

const configFile = (environment: NodeJS.ProcessEnv, root: string): string =>
  environment['ORDER_CONFIG_FILE'] ?? path.join(root, 'configs', 'config.yaml');

const contentOf = (file: string): unknown => {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError(`the configuration file ${file} cannot be read: ${String(error)}`);
  }
};

/**
 * The names of the token claims alone, for a tool that signs tokens and has no other part of the configuration.
 *
 * @throws ConfigError when the configuration file cannot be read or its claim names are not valid
 */
export const loadClaimNames = (environment: NodeJS.ProcessEnv, root: string): ClaimNames => {
  const file = configFile(environment, root);
  const read = z
    .object({ auth: z.object({ claims: claimNames.prefault({}) }).prefault({}) })
    .safeParse(contentOf(file));
  if (read.success) return read.data.auth.claims;
  const faults = read.error.issues.map(({ path: where, message }) => `${where.join('.')}: ${message}`);
  throw new ConfigError(`the configuration file ${file} has faults: ${faults.join('; ')}`);
};

/**
 * Reads the environment and configs/config.yaml (`ORDER_CONFIG_FILE` names another).
 *
 * @throws ConfigError naming every fault at once
 */
export const loadConfig = (environment: NodeJS.ProcessEnv, root: string): Config => {
  const file = configFile(environment, root);
  const result = configSchema.safeParse({ environment: withoutBlanks(environment), file: contentOf(file) });
  const inProduction = environment['NODE_ENV'] === 'production' && result.data?.environment.ORDER_CONSOLE_LINKS;
  if (result.success && !inProduction) return Object.freeze(result.data);
  if (result.success)
    throw new ConfigError(
      'the configuration has faults:\n  ORDER_CONSOLE_LINKS: sign-in links are for development; NODE_ENV is production',
    );
  const faults = result.error.issues.map(({ path: [part, ...rest], message }) => {
    const where = part === 'environment' ? rest.join('.') : `${path.basename(file)}: ${rest.join('.')}`;
    return `  ${where}: ${message}`;
  });
  throw new ConfigError(`the configuration has faults:\n${faults.join('\n')}`);
};
