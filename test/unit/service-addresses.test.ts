import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
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
import { healthUrls } from '../../integrations/service-urls.js';
import { serviceDependencies } from '../../observability/service-dependencies.js';
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
    assert.equal(serviceAddress(config, 'payment'), 'https://payment.internal/base');
    assert.equal(serviceAddress(config, 'customer'), undefined);
    assert.deepEqual(servicesWithAddress(config), ['customer', 'payment']);
    assert.deepEqual(unusedAddresses(config), ['ORDER_CUSTOMER_SERVICE_ADDR']);
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

describe('The health of the other services', () => {
  let sidecar: FakeHttp;
  let direct: FakeHttp;
  before(async () => {
    [sidecar, direct] = await Promise.all([startFakeHttp(), startFakeHttp()]);
  });
  after(() => Promise.all([sidecar.close(), direct.close()]));
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
    assert.deepEqual([...seen.keys()], [...own, 'catalog', 'pricing', 'warehouse', 'payment']);
    assert.deepEqual(invoked(), ['catalog', 'payment', 'pricing', 'warehouse']);
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
    assert.deepEqual(direct.seen.map(({ path }) => path).sort(), names.map((name) => `/${name}/health`).sort());
    assert.deepEqual(invoked(), []);
  });

  it('is down where the address is dead or answers with an error, whatever Dapr says', async () => {
    direct.answer = { status: 503, body: '{}' };
    const seen = await look({
      ORDER_PAYMENT_SERVICE_ADDR: 'http://127.0.0.1:1',
      ORDER_RETURN_SERVICE_ADDR: direct.origin,
    });
    assert.equal(seen.get('payment')?.state, 'down');
    assert.equal(seen.get('return')?.state, 'down');
    assert.equal(seen.get('catalog')?.state, 'up');
  });

  it('is asked for through the sidecar where the address is a bare host:port', async () => {
    const seen = await look({ ORDER_CUSTOMER_SERVICE_ADDR: '127.0.0.1:1' });
    assert.equal(seen.get('customer')?.state, 'up');
    assert.deepEqual(invoked(), ['catalog', 'customer', 'payment', 'pricing', 'warehouse']);
  });
});
