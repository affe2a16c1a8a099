import { relative } from 'node:path';
import { parseRedisAddress, redisHostPort } from '../configs/redis-address.js';
import type { Infrastructure } from './infrastructure.js';
import type { Observers } from './observe.js';
import { isReplica, isSandbox } from './process-environment.js';
import type { RunFileApp } from './run-file.js';
import { replicaAddress, sandboxAddress } from './stack-plan.js';

export interface SummaryOptions {
  readonly dataDir: string;
  readonly logsDir: string;
  readonly apps: readonly RunFileApp[];
  /** Opens the console signed in, once; absent in production mode. */
  readonly consoleLink?: string | undefined;
  /** With `--observe`. */
  readonly observers?: Observers | undefined;
  readonly parts: Pick<Infrastructure, 'databaseDsn' | 'postgres' | 'redis'>;
}

/** A small order that adds up. */
const sampleOrder = {
  customer_id: 'customer-1',
  currency: 'USD',
  subtotal: '40.00',
  tax_amount: '3.20',
  shipping_amount: '5.00',
  discount_amount: '0.00',
  total_amount: '48.20',
  payment_id: 'payment-1',
  shipping_address: {
    recipient: 'Ada Example',
    line1: '1 Main Street',
    city: 'Springfield',
    postal_code: '12345',
    country: 'US',
  },
  items: [
    {
      product_id: 'mug',
      product_sku: 'MUG-1',
      product_name: 'Mug',
      quantity: 2,
      unit_price: '20.00',
      total_price: '40.00',
      tax_amount: '3.20',
      warehouse_id: 'main',
    },
  ],
};

/** Without the password that a URL may hold. */
const hostPortOf = (address: string): string => {
  const target = parseRedisAddress(address);
  return target === undefined ? '' : redisHostPort(target);
};

/** What `npm start` prints when everything serves: where everything is, and a command for each next step. */
export function describeStart({ dataDir, logsDir, apps, parts, consoleLink, observers }: SummaryOptions): string {
  const replicas = apps.filter(isReplica).map((app, index) => replicaAddress(app, index + 1));
  const sandbox = apps.filter(isSandbox).map(sandboxAddress)[0]?.url ?? '';
  const orders = `${replicas[0]?.rest ?? ''}/api/v1/orders`;
  const here = (path: string): string => relative(process.cwd(), path) || '.';
  const database = new URL(parts.databaseDsn);
  // The connection string holds a password, therefore only the way to it is shown.
  const dsn = parts.postgres ? '$(npm run -s dsn)' : '$ORDER_DATABASE_DSN';
  const dsnCommand = parts.postgres ? 'npm run -s dsn' : 'echo "$ORDER_DATABASE_DSN"';
  const dataVariable = process.env['ORDER_DATA_DIR'] ? [`  export ORDER_DATA_DIR='${dataDir}'`] : [];
  return [
    '',
    'Order Service is running.',
    `  Console   ${consoleLink ?? `${replicas[0]?.rest ?? ''}/console`}`,
    ...(consoleLink === undefined
      ? []
      : ['            (opens signed in as staff, once; a fresh link: npm run -s console)']),
    `  REST      ${replicas.map(({ rest }) => `${rest}/api/v1/orders`).join('  ')}`,
    `  API docs  ${orders}/docs`,
    `  gRPC      ${replicas.map(({ grpc }) => grpc).join('  ')}`,
    `  metrics   ${replicas.map(({ metrics }) => metrics).join('  ')}`,
    ...(observers === undefined
      ? []
      : [`  Prometheus ${observers.prometheus}/alerts`, `  traces    ${observers.zipkin}/zipkin/`]),
    `  sandbox   ${sandbox}  (checkout and the other services)`,
    `  Postgres  ${database.host}${database.pathname}  (connection string: ${dsnCommand})`,
    `  Redis     ${hostPortOf(parts.redis.address)}`,
    `  Dapr      ${replicas.map(({ dapr }) => dapr).join('  ')}  (token: daprApiToken in ${here(dataDir)}/secrets.json)`,
    `  files     data: ${here(dataDir)}  logs: ${here(logsDir)}  secrets: ${here(dataDir)}/secrets.json`,
    '',
    'Next steps, in another terminal in this folder:',
    ...dataVariable,
    '  # Get a token for staff.',
    '  export TOKEN=$(npm run -s token -- --role staff)',
    '  # Place an order.',
    `  curl -s ${sandbox}/checkout -H 'Content-Type: application/json' -d '${JSON.stringify(sampleOrder)}'`,
    '  # List the orders of that customer.',
    `  curl -s '${orders}?customer_id=${sampleOrder.customer_id}' -H "Authorization: Bearer $TOKEN"`,
    '  # Follow the log of the replicas.',
    `  tail -f '${here(logsDir)}'/order-service-*.log`,
    '  # Open the database.',
    `  psql "${dsn}"`,
    '  # Stop everything (or press Ctrl-C in this terminal); all data is kept.',
    `  kill ${process.pid}`,
  ].join('\n');
}
