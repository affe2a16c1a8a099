import { writeFileSync } from 'node:fs';
import { startStack } from '../../scripts/stack.js';
import type { Stack } from '../../scripts/stack-types.js';
import { tokenFor } from '../contract/tokens.js';
import { type Load, type LoadResult, run } from './load.js';

/**
 * `npm run bench [-- SECONDS]`: create, get and list on a stack of its own, the real parts, workers running, tokens
 * checked. Prints a table and writes bench.json. The load generator shares the machine.
 */
const seconds = Number(process.argv[2] ?? 10);

const lines = [1, 2, 3].map((n) => ({
  product_id: `product-${n}`,
  product_sku: `SKU-${n}`,
  product_name: `Product ${n}`,
  quantity: n,
  unit_price: '10.00',
  total_price: `${n * 10}.00`,
  warehouse_id: 'main',
}));

const order = {
  customer_id: 'bench',
  subtotal: '60.00',
  tax_amount: '0.00',
  shipping_amount: '5.00',
  discount_amount: '0.00',
  total_amount: '65.00',
  payment_id: 'payment-1',
  shipping_address: { recipient: 'Bench', line1: '1 Main Street', city: 'Springfield', country: 'US' },
  items: lines,
};

const loadsFor = async (stack: Stack): Promise<readonly Load[]> => {
  const base = `${stack.replicas[0]?.rest ?? ''}/api/v1/orders`;
  const authorization = `Bearer ${await tokenFor({ type: 'service', id: 'bench' }, stack)}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const body = JSON.stringify(order);
  const first = await fetch(base, { method: 'POST', headers, body });
  const created = (await first.json()) as { order: { id: string } };
  const one = `${base}/${created.order.id}`;
  const load = (name: string, url: string, connections: number, request: Load['request']): Load => ({
    ...{ name, url, connections, seconds },
    request,
  });
  const create = { method: 'POST', headers, body } as const;
  const etag = { ...headers, 'if-none-match': '"1"' };
  return [
    load('warm-up: create', base, 16, create),
    load('create', base, 1, create),
    load('create', base, 64, create),
    load('get', one, 1, { method: 'GET', headers }),
    load('get', one, 64, { method: 'GET', headers }),
    load('get, 304', one, 64, { method: 'GET', headers: etag }),
    load('list of 20', `${base}?page_size=20`, 64, { method: 'GET', headers }),
  ];
};

const main = async (): Promise<void> => {
  const log = (line: string): void => {
    console.log(`· ${line}`);
  };
  log('starting the stack');
  // Fulfilment walks no order: its events would be a load of their own.
  const stack = await startStack({ env: { ORDER_SANDBOX_STEP_MS: '3600000' }, log });
  try {
    const results: LoadResult[] = [];
    for (const load of await loadsFor(stack)) {
      log(`${load.name}, ${load.connections} connection(s), ${seconds} s`);
      results.push(await run(load));
    }
    console.table(results);
    writeFileSync('bench.json', `${JSON.stringify({ seconds, results }, null, 2)}\n`);
  } finally {
    await stack.stop();
  }
};

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
