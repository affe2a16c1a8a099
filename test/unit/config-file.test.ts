import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type Config, ConfigError, loadConfig, serviceAddress, unusedAddresses } from '../../config.js';
import { projectRoot } from '../../scripts/paths.js';

const folder = mkdtempSync(join(tmpdir(), 'order-service-config-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const secrets = { ORDER_SECRET: 'x'.repeat(32), APP_API_TOKEN: 'x'.repeat(16) };
const places = { ORDER_DATABASE_DSN: 'postgres://order@db/orders', ORDER_REDIS_ADDR: 'redis:6379' };

/** The environment of the Go service as its documentation has it. */
const oldEnvironment = {
  ORDER_DATABASE_DSN: 'postgres://order_user:order_pass@postgres:5432/order_db?sslmode=disable',
  ORDER_REDIS_ADDR: 'redis:6379',
  ORDER_REDIS_PASSWORD: '',
  ORDER_HTTP_PORT: '8004',
  ORDER_GRPC_PORT: '9004',
  ORDER_NUMBER_SEQUENCE_KEY: 'order_number',
  ORDER_RETURN_WINDOW_DAYS: '14',
  ORDER_AUTO_CANCEL_DRAFT_HOURS: '24',
  ORDER_CHECKOUT_SERVICE_ADDR: 'checkout-service:9005',
  ORDER_CUSTOMER_SERVICE_ADDR: 'customer-service:9003',
  ORDER_CATALOG_SERVICE_ADDR: 'catalog-service:9002',
  ORDER_PRICING_SERVICE_ADDR: 'pricing-service:9009',
  ORDER_WAREHOUSE_SERVICE_ADDR: 'warehouse-service:9010',
  ORDER_PAYMENT_SERVICE_ADDR: 'payment-service:9007',
  ORDER_FULFILLMENT_SERVICE_ADDR: 'fulfillment-service:9011',
  ORDER_RETURN_SERVICE_ADDR: 'return-service:9006',
  ORDER_NOTIFICATION_SERVICE_ADDR: 'notification-service:9013',
  ORDER_ENABLE_PROMOTIONS: 'true',
  ORDER_ENABLE_MULTIPLE_WAREHOUSES: 'true',
  ORDER_ENABLE_GUEST_CHECKOUT: 'false',
};

const recorded = join(projectRoot, 'test', 'support', 'recorded', 'go-1.2-config.yaml');

let files = 0;
const load = (text: string, environment: NodeJS.ProcessEnv = places): Config => {
  files += 1;
  const file = join(folder, `${files}.yaml`);
  writeFileSync(file, text);
  return loadConfig({ ...secrets, ...environment, ORDER_CONFIG_FILE: file }, projectRoot);
};
const faultsOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  throw new Error('the configuration was accepted');
};

describe('The configuration of the Go service', () => {
  const config = loadConfig({ ...secrets, ...oldEnvironment, ORDER_CONFIG_FILE: recorded }, projectRoot);

  it('is read as it stands', () => {
    expect(config.environment).toMatchObject({
      ORDER_DATABASE_DSN: oldEnvironment.ORDER_DATABASE_DSN,
      ORDER_REDIS_ADDR: 'redis:6379',
      ORDER_HTTP_PORT: 8004,
      ORDER_RETURN_WINDOW_DAYS: 14,
      ORDER_ENABLE_GUEST_CHECKOUT: false,
    });
    expect(config.environment.ORDER_REDIS_PASSWORD).toBeUndefined();
    expect(config.file).toMatchObject({
      database: { connections: 40, lifetime_seconds: 300 },
      redis: { database: 3, dial_timeout_ms: 2000 },
      order: { enable_partial_cancellations: true, enable_returns: false },
    });
  });

  it('has the keys without meaning reported, and only these', () => {
    expect(config.ignoredKeys).toStrictEqual(['app.name', 'app.version', 'database.max_idle_conns']);
  });

  it('names gRPC ports of services, for which Dapr is used', () => {
    expect(serviceAddress(config, 'payment')).toBeUndefined();
    expect(unusedAddresses(config)).toHaveLength(9);
  });

  it('has the defaults where its file names variables that are not set', () => {
    const bare = loadConfig({ ...secrets, ...places, ORDER_CONFIG_FILE: recorded }, projectRoot);
    expect(bare.environment).toMatchObject({
      ORDER_RETURN_WINDOW_DAYS: 30,
      ORDER_AUTO_CANCEL_DRAFT_HOURS: 24,
      ORDER_ENABLE_GUEST_CHECKOUT: true,
    });
    expect(unusedAddresses(bare)).toStrictEqual([]);
  });
});

describe('A configuration file', () => {
  it('may set what the environment does not', () => {
    const text =
      'database:\n  dsn: postgres://${DB_USER:order}@${DB_HOST}/orders\nredis: {addr: "r:6379"}\norder: {return_window_days: 7}';
    const config = load(text, { DB_HOST: 'db', ORDER_RETURN_WINDOW_DAYS: '9' });
    expect(config.environment.ORDER_DATABASE_DSN).toBe('postgres://order@db/orders');
    expect(config.environment.ORDER_REDIS_ADDR).toBe('r:6379');
    expect(config.environment.ORDER_RETURN_WINDOW_DAYS).toBe(9);
  });

  it('may be empty, or leave out any section or value', () => {
    const shipped = loadConfig({ ...secrets, ...places }, projectRoot);
    for (const text of ['', 'order:\n', 'order:\n  enable_returns: ${NOT_SET}\ncors: {}\n', 'effects:\n  poll_ms:\n'])
      expect(load(text)).toStrictEqual(shipped);
  });

  it('is refused in production where it names sign-in links', () => {
    const links = { ...places, ORDER_CONSOLE_LINKS: '/links' };
    expect(load('', links).environment.ORDER_CONSOLE_LINKS).toBe('/links');
    expect(faultsOf(() => load('', { ...links, NODE_ENV: 'production' }))).toMatch(
      /ORDER_CONSOLE_LINKS: .*development/,
    );
    expect(load('', { ...places, NODE_ENV: 'production' }).environment.ORDER_CONSOLE_LINKS).toBeUndefined();
  });

  it('may name variables anywhere', () => {
    const text = 'effects: {poll_ms: "${POLL}"}\ncors: {origins: ["https://${SHOP}", "${OTHER}"]}';
    const { effects, cors } = load(text, { ...places, POLL: '50', SHOP: 'shop.example' }).file;
    expect(effects.poll_ms).toBe(50);
    expect(cors.origins).toStrictEqual(['https://shop.example']);
  });

  it('has its unknown keys reported in sections that the Go service had, and refused in others', () => {
    const text =
      'monitoring: {jaeger: {endpoint: x}}\norder: {cart_expiry: 3}\nexternal_services: {shipping_service: "s:1"}';
    expect(load(text).ignoredKeys).toStrictEqual([
      'monitoring.jaeger.endpoint',
      'order.cart_expiry',
      'external_services.shipping_service',
    ]);
    expect(faultsOf(() => load('effects: {pol_ms: 3}'))).toMatch(/effects: Unrecognized key/);
  });

  it('has every fault reported under the key that stands there', () => {
    const text =
      'database: {dsn: mysql://x, max_open_conns: many, conn_max_lifetime: long}\nfeatures: {promotions: maybe}\norder: [1]';
    const faults = faultsOf(() => load(text, { ORDER_REDIS_ADDR: 'redis:6379', ORDER_ENABLE_PROMOTIONS: '' }));
    for (const key of [
      'database.dsn: must be',
      'database.max_open_conns',
      'database.conn_max_lifetime',
      'features.promotions',
      'order',
    ])
      assert.ok(faults.includes(`.yaml: ${key}`), `${key} in ${faults}`);
    expect(faultsOf(() => load('- a'))).toMatch(/cannot be read: .*no sections/);
  });

  it('says what is wrong with a connection string, and never shows it', () => {
    for (const [dsn, fault] of [
      ['mysql://order@db/orders', /must be a postgres:\/\/ URL/],
      ['order@db/orders', /must be a postgres:\/\/ URL/],
      ['postgres://order:secret@db1:5432,db2:5432/orders', /must name one host, where the primary is reached/],
      ['postgres://order:sec#ret@db/orders', /percent-encode special characters/],
    ] as const) {
      const faults = faultsOf(() => load('', { ...places, ORDER_DATABASE_DSN: dsn }));
      expect(faults).toMatch(fault);
      expect(faults).not.toMatch(/sec|order@/);
      expect(faults.match(/ORDER_DATABASE_DSN/g)).toHaveLength(1);
    }
    for (const dsn of ['postgres://order:a,b@db/orders', 'postgresql:///orders?host=/run', 'postgres://order@/orders'])
      expect(load('', { ...places, ORDER_DATABASE_DSN: dsn }).environment.ORDER_DATABASE_DSN).toBe(dsn);
  });

  it('names every secret that is missing or too short', () => {
    const faults = faultsOf(() => loadConfig({ ...places, ORDER_SECRET: '', APP_API_TOKEN: 'short' }, projectRoot));
    expect(faults.split('\n')).toStrictEqual([
      'the configuration has faults:',
      '  ORDER_SECRET: must be set',
      expect.stringMatching(/^  APP_API_TOKEN: .*16/),
    ]);
  });

  it('has durations as Go writes them', () => {
    expect(load('database: {conn_max_lifetime: 1h30m}').file.database.lifetime_seconds).toBe(5400);
    expect(load('redis: {dial_timeout: 1.5s}').file.redis.dial_timeout_ms).toBe(1500);
    expect(load('database: {conn_max_lifetime: 90s, lifetime_seconds: 7}').file.database.lifetime_seconds).toBe(7);
  });
});
