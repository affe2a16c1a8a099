import { randomInt } from 'node:crypto';
import { types } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Order } from '../../actors/rules/order.js';
import { openApiDocument } from '../../api/openapi/document.js';
import type { Method, OperationObject } from '../../api/openapi/types.js';
import { sharedStack } from '../support/stack.js';
import { type Case, casesOf, requestOf, type Target } from './cases.js';
import { type RawAnswer, type RawRequest, send } from './http.js';
import { checkAnswer, describeRequest } from './oracle.js';
import { createWorld, type World } from './world.js';

const runs = Number(process.env['ORDER_FUZZ_RUNS'] ?? 25);
const seed = Number(process.env['ORDER_FUZZ_SEED'] ?? randomInt(2 ** 31));

const document = openApiDocument('US');

/** Whether an answer to this operation has no end (test/contract/watch.test.ts). */
const isStream = ({ responses }: OperationObject): boolean => JSON.stringify(responses).includes('"text/event-stream"');

const targets: readonly Target[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([, operation]) => !isStream(operation))
    .map(([method, operation]) => ({ path, method: method as Method, operation })),
);

/** How many answers of each status. */
const count = (tally: Map<number, number>, status: number): void =>
  void tally.set(status, (tally.get(status) ?? 0) + 1);

const figures = (tally: ReadonlyMap<number, number>): string =>
  [...tally]
    .sort(([a], [b]) => a - b)
    .map(([status, times]) => `${status}: ${times}`)
    .join(', ');

describe(`any request to the REST gateway (ORDER_FUZZ_SEED=${seed}, ORDER_FUZZ_RUNS=${runs})`, () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld(sharedStack());
  });

  const origin = (replica: number): string => {
    const { replicas } = world.stack;
    return replicas[replica % replicas.length]?.rest ?? '';
  };

  const ask = async (request: RawRequest, replica: number, check: (answer: RawAnswer) => void): Promise<RawAnswer> => {
    try {
      const answer = await send(origin(replica), request);
      check(answer);
      return answer;
    } catch (error) {
      const why = types.isNativeError(error) ? error.message : String(error);
      throw new Error(`${why}\n${describeRequest(request)}`, { cause: error });
    }
  };

  targets.forEach((target, index) => {
    const { method, path, operation } = target;
    it(`${method} ${path} is answered as documented`, async () => {
      const tally = new Map<number, number>();
      const told = (made: Case): Case =>
        Object.defineProperty({ ...made }, fc.toStringMethod, {
          value: () => describeRequest(requestOf(target, made, world)),
        });
      const property = fc.asyncProperty(casesOf(target, document).map(told), async (made) => {
        const request = requestOf(target, made, world);
        const answer = await ask(request, made.replica, (found) => {
          checkAnswer(found, operation.responses, document);
        });
        count(tally, answer.status);
        if (answer.status === 201) world.made.push((JSON.parse(answer.text) as { readonly order: Order }).order);
      });
      await fc.assert(property, { numRuns: runs, seed: seed + index, interruptAfterTimeLimit: 240_000 });
      console.log(figures(tally));
    });
  });

  it('what the database cannot hold is refused or not found, as the fuzzer once taught', async () => {
    const id = world.orders[0]?.id ?? '';
    const token = (position: object): string => Buffer.from(JSON.stringify(position)).toString('base64url');
    const nobody = '00000000-0000-7000-8000-000000000000';
    const [early, late] = ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59'];
    const cases = [
      ['GET', '/ORD-%00', 404],
      ['GET', '/ORD-%00/status-history', 404],
      ['GET', '/ORD-%00/edit-history', 404],
      ['POST', `/${id}/effects/%00/retry`, 404],
      ['POST', `/${id}/effects/%00/resolve`, 404],
      ['GET', `?created_after=${early}`, 400],
      ['GET', `?created_before=${encodeURIComponent(late)}`, 400],
      ['GET', `?page_token=${token({ created_at: early, id: nobody })}`, 400],
      ['GET', `/effects?page_token=${token({ rank: 0, queued_at: early, key: 'x' })}`, 400],
      ['GET', `/effects?page_token=${token({ rank: 0, queued_at: '2026-01-01T00:00:00Z', key: '\0' })}`, 400],
      ['GET', `/dead-letters?page_token=${token({ received_at: early, id: nobody })}`, 400],
    ] as const;
    const found: unknown[] = [];
    for (const [method, path, expected] of cases) {
      const headers = [
        ['Authorization', world.authorization('staff', 0) ?? ''],
        ['Content-Type', 'application/json'],
      ] as const;
      const body = method === 'POST' ? Buffer.from('{"reason":"why not"}') : undefined;
      const { status } = await send(origin(0), { method, path: `/api/v1/orders${path}`, headers, body });
      if (status !== expected) found.push({ method, path, status, expected });
    }
    expect(found).toStrictEqual([]);
  });

  it('a method that a path does not have is 405 with those it has', async () => {
    const odd = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'LOCK', 'REPORT', 'SEARCH'];
    const staff = world.authorization('staff', 0) ?? '';
    for (const [path, methods] of Object.entries(document.paths)) {
      const has = Object.keys(methods).map((method) => method.toUpperCase());
      const filled = path.replace('{id}', world.orders[0]?.id ?? '').replace(/\{\w+\}/g, 'x');
      for (const method of odd.filter((name) => !has.includes(name) && !(name === 'HEAD' && has.includes('GET')))) {
        const request = { method, path: filled, headers: [['Authorization', staff]] as const };
        const responses = { 405: { $ref: '#/components/responses/MethodNotAllowed' } };
        await ask(request, 0, (found) => {
          if (method === 'HEAD') expect([found.status, found.text]).toStrictEqual([405, '']);
          else checkAnswer(found, responses, document);
          expect(found.headers['allow']?.split(', ').sort()).toStrictEqual([...has].sort());
        });
      }
    }
  });

  it('HEAD is GET without a body, OPTIONS is 204', async () => {
    const headers = [['Authorization', world.authorization('staff', 0) ?? '']] as const;
    for (const [path, { get }] of Object.entries(document.paths)) {
      const filled = path.replace('{id}', world.orders[0]?.id ?? '').replace(/\{\w+\}/g, 'x');
      await ask({ method: 'OPTIONS', path: filled, headers }, 1, ({ status }) => expect(status).toBe(204));
      if (get === undefined || isStream(get)) continue;
      const full = await ask({ method: 'GET', path: filled, headers }, 1, ({ status }) =>
        expect(status).toBeLessThan(500),
      );
      await ask({ method: 'HEAD', path: filled, headers }, 1, (found) => {
        expect([found.status, found.text]).toStrictEqual([full.status, '']);
      });
    }
  });

  it('a path that is none is 404', async () => {
    const paths = [
      '/',
      '/api',
      '/api/v1',
      '/api/v2/orders',
      '//',
      '/..',
      '/%2e%2e/',
      '/healthz',
      '/dapr/config',
      '/metrics',
    ];
    const below = ['/x/y/z', `/${'a/'.repeat(2_000)}`, '/health/x', '/a%2Fb/c'].map((path) => `/api/v1/orders${path}`);
    const private_ = ['/actors/OrderActor/1/method/execute', '/events/payment', '/dapr/subscribe', '/debug', '/.env'];
    const headers = [['Authorization', world.authorization('staff', 0) ?? '']] as const;
    const responses = { 404: { $ref: '#/components/responses/NotFound' } };
    for (const path of [...paths, ...below, ...private_])
      for (const method of ['GET', 'PUT', 'POST'])
        await ask({ method, path, headers }, 0, (found) => {
          checkAnswer(found, responses, document);
        });
  });
});
