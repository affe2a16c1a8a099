// Packs the client, installs it elsewhere as its users do, and holds it to what its README promises.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.dirname(import.meta.dirname);
const folder = mkdtempSync(path.join(tmpdir(), 'order-client-'));
const npm = (args, cwd) => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

const [{ filename }] = JSON.parse(npm(['pack', '--json', '--pack-destination', folder], root));
writeFileSync(path.join(folder, 'package.json'), '{"private":true,"type":"module"}');
npm(['install', '--no-audit', '--no-fund', '--offline', path.join(folder, filename)], folder);
const installed = path.join(folder, 'node_modules', '@order-service', 'client', 'dist', 'index.js');
const { arrivalOf, createOrderClient, isOrderError, NoAnswerError, orderEventOf } = await import(
  pathToFileURL(installed)
);

const order = { id: '0197a000-0000-7000-8000-000000000001', order_number: 'ORD-20260301-000001', version: 1 };
const seen = [];
let answers = [];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    seen.push({ method: request.method, url: request.url, headers: request.headers, body });
    const { status = 200, headers = {}, json, hang = false } = answers.shift() ?? {};
    if (hang) return;
    response.writeHead(status, headers).end(json === undefined ? '' : JSON.stringify(json));
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const baseUrl = `http://127.0.0.1:${server.address().port}`;
const orders = createOrderClient({ baseUrl: `${baseUrl}/`, token: async () => 'a-token', pauseMs: 1, timeoutMs: 500 });
const problem = (status, code) => ({ status, json: { type: 'about:blank', title: code, status, code, trace_id: 't' } });

const cases = {
  'a retried call has one idempotency key, and heeds Retry-After': async () => {
    answers = [
      problem(503, 'unavailable'),
      { ...problem(429, 'rate_limited'), headers: { 'retry-after': '0' } },
      { json: { order } },
    ];
    assert.deepEqual(await orders.cancel(order.id, 'too late', { ifMatch: 3 }), order);
    assert.equal(new Set(seen.map(({ headers }) => headers['idempotency-key'])).size, 1);
    assert.equal(seen.length, 3);
    assert.equal(seen[0].headers['if-match'], '"3"');
    assert.equal(seen[0].headers.authorization, 'Bearer a-token');
    assert.deepEqual(JSON.parse(seen[0].body), { reason: 'too late' });
  },
  'an empty 200 and a missing answer are no answers': async () => {
    answers = [
      { status: 200 },
      { hang: true },
      { status: 201, headers: { 'idempotent-replayed': 'true' }, json: { order, guest_token: 'g' } },
    ];
    assert.deepEqual(await orders.create({}), { order, guest_token: 'g', replayed: true });
    answers = Array.from({ length: 5 }, () => ({ status: 200 }));
    await assert.rejects(orders.get(order.id), NoAnswerError);
  },
  'errors are distinguished by their code, and refusals are not tried again': async () => {
    answers = [problem(409, 'order_not_cancellable')];
    await assert.rejects(orders.cancel(order.id, 'x'), (error) => {
      assert.ok(isOrderError(error, 'order_not_cancellable') && !isOrderError(error, 'forbidden'));
      assert.equal(error.traceId, 't');
      return true;
    });
    assert.equal(seen.length, 1);
  },
  'lists go through their pages': async () => {
    answers = [
      { json: { orders: [order, order], next_page_token: 'next' } },
      { json: { orders: [order], next_page_token: '' } },
    ];
    const found = [];
    for await (const one of orders.list({ status: ['shipped', 'delivered'], page_size: 2 })) found.push(one);
    assert.equal(found.length, 3);
    assert.deepEqual(
      seen.map(({ url }) => url),
      [
        '/api/v1/orders?status=shipped&status=delivered&page_size=2',
        '/api/v1/orders?status=shipped&status=delivered&page_size=2&page_token=next',
      ],
    );
  },
  'a call can be called off': async () => {
    answers = [problem(503, 'unavailable'), { json: { order } }];
    await assert.rejects(orders.get(order.id, { signal: AbortSignal.abort(new Error('enough')) }), /enough/);
  },
  'events tell whether one is missing': async () => {
    const event = orderEventOf({ id: `${order.id}:3`, type: 'order.cancelled', data: { order_id: order.id } });
    assert.deepEqual(
      [1, 2, 3].map((last) => arrivalOf(event, last)),
      ['gap', 'next', 'repeat'],
    );
    assert.equal(orderEventOf({ id: 'x', type: 'order.cancelled' }), undefined);
    assert.equal(orderEventOf({ id: `${order.id}:3`, type: 'payment.failed' }), undefined);
  },
};

try {
  for (const [title, check] of Object.entries(cases)) {
    [seen.length, answers] = [0, []];
    await check();
    console.log(`ok: ${title}`);
  }
} finally {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
}
