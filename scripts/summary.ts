import { relative } from 'node:path';
import { parseRedisAddress, redisHostPort } from '../redis-address.js';
import type { Infrastructure } from './infrastructure.js';
import type { RunFileApp } from './run-file.js';
import { isReplica, isSandbox, replicaAddress, sandboxAddress } from './stack-plan.js';

export interface SummaryOptions {
  readonly dataDir: string;
  readonly logsDir: string;
  readonly apps: readonly RunFileApp[];
  readonly parts: Infrastructure;
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
      ...{ product_id: 'mug', product_sku: 'MUG-1', product_name: 'Mug', quantity: 2 },
      ...{ unit_price: '20.00', total_price: '40.00', tax_amount: '3.20', warehouse_id: 'main' },
    },
  ],
};

/** Without the password that a URL may hold. */
const hostPortOf = (address: string): string => {
  const target = parseRedisAddress(address);
  return target === undefined ? '' : redisHostPort(target);
};

/** Tells where everything is and what to try first. */
export function printSummary({ dataDir, logsDir, apps, parts }: SummaryOptions): void {
  const replicas = apps.filter(isReplica).map((app, index) => replicaAddress(app, index + 1));
  const sandbox = apps.filter(isSandbox).map(sandboxAddress)[0];
  const orders = replicas[0] ? `${replicas[0].rest}/api/v1/orders` : '';
  const here = (path: string): string => relative(process.cwd(), path) || '.';
  const database = new URL(parts.databaseDsn);
  const lines = [
    '',
    'Order Service runs.',
    `  REST      ${replicas.map(({ rest }) => `${rest}/api/v1/orders`).join('  ')}`,
    `  gRPC      ${replicas.map(({ grpc }) => grpc).join('  ')}`,
    `  metrics   ${replicas.map(({ metrics }) => metrics).join('  ')}`,
    `  sandbox   ${sandbox?.url ?? ''}  (checkout and the other services)`,
    `  Postgres  ${database.host}${database.pathname}    Redis  ${hostPortOf(parts.redis.address)}`,
    `  data      ${here(dataDir)}    logs  ${here(logsDir)}    secrets  ${here(dataDir)}/secrets.json`,
    '',
    'Place an order:',
    `  curl -s ${sandbox?.url ?? ''}/checkout -H 'content-type: application/json' -d '${JSON.stringify(sampleOrder)}'`,
    'Read it, with a token for staff and the id from the answer:',
    `  curl -s ${orders}/ID -H "authorization: Bearer $(npm run -s token -- --role staff)"`,
    '',
    'Ctrl-C stops everything.',
  ];
  console.log(lines.join('\n'));
}
