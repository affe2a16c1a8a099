import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { Caller } from '../../actors/rules/order-parts.js';
import { mayCall } from '../../api/caller.js';
import { callsByRpc, operationTable } from '../../api/table/table.js';
import { sidecarHeaders } from '../../scripts/readiness.js';
import { sharedStack } from '../support/stack.js';
import { newId } from '../support/orders.js';
import { tokenFor } from '../support/tokens.js';

const stack = sharedStack();
const roles = ['service', 'staff', 'customer', 'guest'] as const;
const callerOf = (type: (typeof roles)[number]): Caller => ({
  type,
  id: type === 'guest' ? randomUUID() : newId(type),
});

/** Headers that no call takes. */
const faulty = { 'idempotency-key': 'x'.repeat(300), 'if-match': 'not a version' };

const pathOf = (path: string): string => path.replace(/\{\w+\}/g, 'x');

interface Told {
  readonly status: number | undefined;
  readonly code: string | undefined;
}

/** Sends a request whose announced body never comes, so that whoever waits for it does not answer. */
const withoutItsBody = async (
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  length: number,
): Promise<Told> => {
  const body = method === 'GET' ? {} : { 'content-type': 'text/plain', 'content-length': String(length) };
  const sent = request(url, { method, headers: { ...headers, ...body } });
  sent.on('error', () => undefined);
  if (method === 'GET') sent.end();
  else sent.flushHeaders();
  const [response] = (await once(sent, 'response', { signal: AbortSignal.timeout(20_000) })) as [IncomingMessage];
  let text = '';
  for await (const part of response) text += String(part);
  sent.destroy();
  return { status: response.statusCode, code: (JSON.parse(text) as { readonly code?: string }).code };
};

describe('A role that may never make a call', () => {
  const denied = (type: (typeof roles)[number]) =>
    operationTable.filter(({ call }) => !mayCall({ type, id: 'x' }, call));

  it.each(roles)(
    'is refused over REST before headers, query and body: %s',
    async (type) => {
      const rows = denied(type);
      expect(rows.length).toBeGreaterThan(0);
      const base = stack.replicas[0]!.rest;
      const query = '?page_size=0&dry_run=maybe&q=%ff';
      for (const [n, { path, method, id }] of rows.entries()) {
        // Each as a caller of its own, since they are counted.
        const authorization = `Bearer ${await tokenFor(callerOf(type), stack)}`;
        const url = `${base}${pathOf(path)}${query}`;
        const length = n % 2 === 0 ? 1_000_000 : 50_000_000;
        const told = await withoutItsBody(url, method.toUpperCase(), { authorization, ...faulty }, length);
        assert.deepEqual(told, { status: 403, code: 'forbidden' }, id);
      }
    },
    120_000,
  );

  it('is refused over service invocation in the same order', async () => {
    const rows = denied('service');
    for (const { path, method, id } of rows) {
      const url = `${stack.sandbox!.dapr}/v1.0/invoke/order-service/method${pathOf(path)}?page_size=0`;
      const body = method === 'get' ? {} : { body: 'not JSON' };
      const headers = { ...sidecarHeaders(stack.secrets.daprApiToken), 'content-type': 'text/plain', ...faulty };
      const response = await fetch(url, { method: method.toUpperCase(), headers, ...body });
      const { code } = JSON.parse(await response.text()) as { readonly code?: string };
      assert.deepEqual([response.status, code], [403, 'forbidden'], id);
    }
  });

  describe('over gRPC', () => {
    const client = new Client(stack.replicas[0]!.grpc, credentials.createInsecure());
    afterAll(() => {
      client.close();
    });
    const same = (bytes: Buffer): Buffer => bytes;
    /** Far beyond what the server takes at all: whoever read it would say so. */
    const endless = Buffer.alloc(6 * 1_048_576, 0xff);
    const ask = async (path: string, caller: Caller | undefined, message: Buffer): Promise<ServiceError | null> => {
      const metadata = new Metadata();
      for (const [name, value] of Object.entries(faulty)) metadata.set(name, value);
      if (caller !== undefined) metadata.set('authorization', `Bearer ${await tokenFor(caller, stack)}`);
      return new Promise((resolve) => {
        client.makeUnaryRequest(path, same, same, message, metadata, { deadline: Date.now() + 20_000 }, resolve);
      });
    };

    it.each(roles)(
      'is refused before metadata and message: %s',
      async (type) => {
        const rpcs = [...callsByRpc].filter(([, call]) => !mayCall({ type, id: 'x' }, call));
        expect(rpcs.length).toBeGreaterThan(0);
        for (const [n, [path]] of rpcs.entries()) {
          const error = await ask(path, callerOf(type), n % 2 === 0 ? endless : Buffer.from([0xff]));
          assert.equal(error?.code, status.PERMISSION_DENIED, `${path}: ${error?.message ?? 'done'}`);
        }
      },
      120_000,
    );

    it('is asked for the token before all that', async () => {
      for (const path of callsByRpc.keys()) {
        const error = await ask(path, undefined, endless);
        assert.equal(error?.code, status.UNAUTHENTICATED, `${path}: ${error?.message ?? 'done'}`);
      }
    });

    it('is told of the message where it may make the call', async () => {
      const error = await ask('/order.v1.OrderService/CreateOrder', callerOf('service'), endless);
      expect(error?.code).toBe(status.RESOURCE_EXHAUSTED);
    });
  });
});
