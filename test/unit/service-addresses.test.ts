import assert from 'node:assert/strict';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createDaprClient } from '../../actors/dapr.js';
import {
  type Config,
  ConfigError,
  loadConfig,
  serviceAddress,
  servicesWithAddress,
  unusedAddresses,
} from '../../config.js';
import { healthUrls, serviceUrl } from '../../effects/service-urls.js';
import { serviceDependencies } from '../../observability/dependencies.js';
import { projectRoot } from '../../scripts/paths.js';
import { type FakeHttp, startFakeHttp } from '../support/fake-http.js';

const configOf = (environment: Readonly<Record<string, string>>): Config =>
  loadConfig(
    {
      ORDER_DATABASE_DSN: 'postgres://order@127.0.0.1/orders',
      ORDER_REDIS_ADDR: '127.0.0.1:6379',
      ORDER_SECRET: 'x'.repeat(32),
      APP_API_TOKEN: 'x'.repeat(16),
      ...environment,
    },
    projectRoot,
  );

describe('Addresses of the other services', () => {
  it('are URLs; a bare host:port is accepted, reported, and not used', () => {
    const config = configOf({
      ORDER_PAYMENT_SERVICE_ADDR: 'https://payment.internal/base',
      ORDER_CUSTOMER_SERVICE_ADDR: 'customer-service:9001',
      ORDER_RETURN_SERVICE_ADDR: '',
    });
    expect(serviceAddress(config, 'payment')).toBe('https://payment.internal/base');
    expect(serviceAddress(config, 'customer')).toBeUndefined();
    expect(servicesWithAddress(config)).toStrictEqual(['customer', 'payment']);
    expect(unusedAddresses(config)).toStrictEqual(['ORDER_CUSTOMER_SERVICE_ADDR']);
  });

  it('are refused where they are neither', () => {
    for (const value of ['grpc://x:1', 'payment', 'http://', 'http://u:p@x', 'http://x/?a=1', 'http://x/#a', 'ftp://x'])
      assert.throws(
        () => configOf({ ORDER_PAYMENT_SERVICE_ADDR: value }),
        (error) => error instanceof ConfigError && error.message.includes('ORDER_PAYMENT_SERVICE_ADDR'),
        value,
      );
  });
});

describe("The sidecar's token", () => {
  it('is sent to the sidecar, and never to a service that is reached directly', () => {
    const access = (direct?: string) => ({
      sidecar: 'http://127.0.0.1:1',
      daprApiToken: 'token',
      addressOf: () => direct,
    });
    expect(serviceUrl(access(), 'payment', '/x').headers).toStrictEqual({ 'dapr-api-token': 'token' });
    expect(serviceUrl(access('http://payment.internal'), 'payment', '/x').headers).toStrictEqual({});
  });

  it('has at least 16 characters', () => {
    expect(() => configOf({ DAPR_API_TOKEN: 'short' })).toThrow(/DAPR_API_TOKEN: must have at least 16 characters/);
    expect(configOf({ DAPR_API_TOKEN: '' }).environment.DAPR_API_TOKEN).toBeUndefined();
  });
});

describe('The health of the other services', () => {
  let sidecar: FakeHttp;
  let direct: FakeHttp;
  beforeAll(async () => {
    [sidecar, direct] = await Promise.all([startFakeHttp(), startFakeHttp()]);
  });
  afterAll(() => Promise.all([sidecar.close(), direct.close()]));
  beforeEach(() => {
    for (const server of [sidecar, direct]) {
      server.seen.length = 0;
      server.answer = { status: 200, body: '{}' };
    }
  });

  const look = async (environment: Readonly<Record<string, string>>) => {
    const config = configOf(environment);
    const access = {
      sidecar: sidecar.origin,
      addressOf: (name: Parameters<typeof serviceAddress>[1]) => serviceAddress(config, name),
    };
    const { all } = serviceDependencies({
      pool: { query: () => Promise.resolve() },
      redis: { ping: () => Promise.resolve() },
      sidecar: sidecar.http,
      dapr: createDaprClient(Number(new URL(sidecar.origin).port), pino({ level: 'silent' })),
      origin: sidecar.origin,
      services: healthUrls(access, servicesWithAddress(config)),
    });
    return new Map((await all()).map(({ name, state, required }) => [name, { state, required }]));
  };
  const invoked = (): readonly string[] =>
    sidecar.seen.flatMap(({ path }) => /^\/v1\.0\/invoke\/(.+)-service\/method\/health$/.exec(path)?.[1] ?? []).sort();

  it('is asked for through the sidecar where no address is set', async () => {
    const seen = await look({});
    const own = ['postgres', 'redis', 'dapr', 'actor_hosting'];
    expect([...seen.keys()]).toStrictEqual([...own, 'catalog', 'pricing', 'warehouse', 'payment']);
    expect(invoked()).toStrictEqual(['catalog', 'payment', 'pricing', 'warehouse']);
  });

  it('is asked for directly where the address is a URL, for every service with one', async () => {
    const names = [
      'checkout',
      'customer',
      'catalog',
      'pricing',
      'warehouse',
      'payment',
      'fulfillment',
      'return',
      'notification',
    ];
    const addresses = names.map((name) => [`ORDER_${name.toUpperCase()}_SERVICE_ADDR`, `${direct.origin}/${name}/`]);
    direct.answer = { status: 200, body: 'ok' };
    const seen = await look(Object.fromEntries(addresses) as Record<string, string>);
    for (const name of names) assert.deepEqual(seen.get(name), { state: 'up', required: false }, name);
    expect(direct.seen.map(({ path }) => path).sort()).toStrictEqual(names.map((name) => `/${name}/health`).sort());
    expect(invoked()).toStrictEqual([]);
  });

  it('is down where the address is dead or answers with an error, whatever Dapr says', async () => {
    direct.answer = { status: 503, body: '{}' };
    const seen = await look({
      ORDER_PAYMENT_SERVICE_ADDR: 'http://127.0.0.1:1',
      ORDER_RETURN_SERVICE_ADDR: direct.origin,
    });
    expect(seen.get('payment')?.state).toBe('down');
    expect(seen.get('return')?.state).toBe('down');
    expect(seen.get('catalog')?.state).toBe('up');
  });

  it('is asked for through the sidecar where the address is a bare host:port', async () => {
    const seen = await look({ ORDER_CUSTOMER_SERVICE_ADDR: '127.0.0.1:1' });
    expect(seen.get('customer')?.state).toBe('up');
    expect(invoked()).toStrictEqual(['catalog', 'customer', 'payment', 'pricing', 'warehouse']);
  });
});
