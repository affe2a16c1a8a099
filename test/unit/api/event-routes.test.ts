import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { types } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { type EventRoutesDeps, eventRoutes } from '../../../api/events/routes.js';
import type { TakeEvent } from '../../../api/events/take-event.js';
import { createApp } from '../../../api/rest/app.js';
import { listen, type Listening } from '../../../api/rest/listen.js';

const eventOf = (id: string) => ({ id, source: 'payment-service', topic: 'payment.completed', data: {} });

describe('a delivery of several events', () => {
  let server: Listening;
  let verdicts: Readonly<Record<string, Awaited<ReturnType<TakeEvent>> | Error>>;
  let kept: string[];
  let payloads: unknown[];
  let outcomes: string[];

  const deps: EventRoutesDeps = {
    takeEvent: async ({ id }) => {
      const verdict = verdicts[id] ?? { kind: 'applied' };
      if (types.isNativeError(verdict)) throw verdict;
      return verdict;
    },
    deadLetters: {
      add: async ({ reason, payload }) => {
        kept.push(reason);
        payloads.push(payload);
      },
      get: () => assert.fail('is not asked for'),
      list: () => assert.fail('is not asked for'),
      close: () => assert.fail('is not asked for'),
      open: () => assert.fail('is not asked for'),
    },
    observer: { expectEvents: () => undefined, eventTaken: (_topic, outcome) => outcomes.push(outcome) },
    log: pino({ level: 'silent' }),
  };

  beforeAll(async () => {
    const app = createApp();
    app.use('/events', eventRoutes(deps));
    server = await listen(app, 0);
  });
  beforeEach(() => {
    verdicts = {};
    [kept, payloads, outcomes] = [[], [], []];
  });
  afterAll(() => server.close());

  const deliver = async (body: object): Promise<unknown> => {
    const { port } = server.server.address() as AddressInfo;
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return (await fetch(`http://127.0.0.1:${port}/events/payment`, init)).json();
  };
  const inBulk = (...events: readonly unknown[]): object => ({
    ...{ id: 'bulk', type: 'com.dapr.event.sent.bulk', pubsubname: 'pubsub', topic: 'payment.completed', metadata: {} },
    entries: events.map((event, n) => ({ entryId: `e${n}`, event, contentType: 'application/cloudevents+json' })),
  });
  const statuses = (...each: readonly string[]): object => ({
    statuses: each.map((status, n) => ({ entryId: `e${n}`, status })),
  });

  it('answers each for itself', async () => {
    verdicts = { waits: { kind: 'retry' }, late: { kind: 'stale' }, odd: { kind: 'unfit', reason: 'odd' } };
    const bulk = inBulk(eventOf('good'), eventOf('waits'), eventOf('late'), eventOf('odd'));
    expect(await deliver(bulk)).toStrictEqual(statuses('SUCCESS', 'RETRY', 'SUCCESS', 'SUCCESS'));
    expect(kept).toStrictEqual(['odd']);
    expect(outcomes.sort()).toStrictEqual(['applied', 'retry', 'stale', 'unfit']);
  });

  it('lets what one of them meets be nothing to the others', async () => {
    verdicts = { breaks: new Error('the database is away') };
    expect(await deliver(inBulk(eventOf('good'), eventOf('breaks')))).toStrictEqual(statuses('SUCCESS', 'RETRY'));
    expect(outcomes.sort()).toStrictEqual(['applied', 'failed']);
  });

  it('keeps what is no event', async () => {
    expect(await deliver(inBulk('rubbish', null, eventOf('good')))).toStrictEqual(
      statuses('SUCCESS', 'SUCCESS', 'SUCCESS'),
    );
    expect(kept).toStrictEqual(['not a CloudEvent', 'not a CloudEvent']);
  });

  it('keeps an event that is nested too deeply, cut, whoever walks through it afterwards', async () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const event = (id: string, depth: number): string => {
      const text = JSON.stringify({ ...eventOf(id), data: { order_id: 'o', x: 'HERE' } });
      return text.replace('"HERE"', nested(depth));
    };
    const { port } = server.server.address() as AddressInfo;
    const headers = { 'content-type': 'application/json' };
    for (const body of [
      event('deep', 100_000),
      nested(100_000),
      JSON.stringify(inBulk('HERE')).replace('"HERE"', event('deep', 9_000)),
    ]) {
      const response = await fetch(`http://127.0.0.1:${port}/events/payment`, { method: 'POST', headers, body });
      expect(await response.text()).toMatch(/SUCCESS/);
    }
    expect(new Set(kept)).toStrictEqual(new Set(['malformed: nested deeper than 64 levels']));
    expect(kept).toHaveLength(3);
    expect(outcomes).toStrictEqual(['unfit', 'unfit', 'unfit']);
    const cut = JSON.stringify(payloads[0]);
    assert.ok(cut.startsWith('{"order_id":"o","x":[[[') && cut.includes('nested too deeply') && cut.length < 500, cut);
    kept = [];
    const fine = await fetch(`http://127.0.0.1:${port}/events/payment`, {
      method: 'POST',
      headers,
      body: event('fine', 62),
    });
    expect([await fine.json(), kept]).toStrictEqual([{ status: 'SUCCESS' }, []]);
  });

  it('may hold one event, too, alone or in bulk', async () => {
    verdicts = { waits: { kind: 'retry' } };
    expect(await deliver(inBulk(eventOf('waits')))).toStrictEqual(statuses('RETRY'));
    expect(await deliver(eventOf('waits'))).toStrictEqual({ status: 'RETRY' });
    expect(await deliver(eventOf('good'))).toStrictEqual({ status: 'SUCCESS' });
  });
});
