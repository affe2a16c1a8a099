import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
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
  let outcomes: string[];

  const deps: EventRoutesDeps = {
    takeEvent: async ({ id }) => {
      const verdict = verdicts[id] ?? { kind: 'applied' };
      if (verdict instanceof Error) throw verdict;
      return verdict;
    },
    deadLetters: {
      add: async ({ reason }) => {
        kept.push(reason);
      },
      get: () => assert.fail('is not asked for'),
      list: () => assert.fail('is not asked for'),
      close: () => assert.fail('is not asked for'),
      open: () => assert.fail('is not asked for'),
    },
    observer: { expectEvents: () => undefined, eventTaken: (_topic, outcome) => outcomes.push(outcome) },
    log: pino({ level: 'silent' }),
  };

  before(async () => {
    const app = createApp();
    app.use('/events', eventRoutes(deps));
    server = await listen(app, 0);
  });
  beforeEach(() => {
    verdicts = {};
    [kept, outcomes] = [[], []];
  });
  after(() => server.close());

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
    assert.deepEqual(await deliver(bulk), statuses('SUCCESS', 'RETRY', 'SUCCESS', 'SUCCESS'));
    assert.deepEqual(kept, ['odd']);
    assert.deepEqual(outcomes.sort(), ['applied', 'retry', 'stale', 'unfit']);
  });

  it('lets what one of them meets be nothing to the others', async () => {
    verdicts = { breaks: new Error('the database is away') };
    assert.deepEqual(await deliver(inBulk(eventOf('good'), eventOf('breaks'))), statuses('SUCCESS', 'RETRY'));
    assert.deepEqual(outcomes.sort(), ['applied', 'failed']);
  });

  it('keeps what is no event', async () => {
    assert.deepEqual(
      await deliver(inBulk('rubbish', null, eventOf('good'))),
      statuses('SUCCESS', 'SUCCESS', 'SUCCESS'),
    );
    assert.deepEqual(kept, ['not a CloudEvent', 'not a CloudEvent']);
  });

  it('may hold one event, too, alone or in bulk', async () => {
    verdicts = { waits: { kind: 'retry' } };
    assert.deepEqual(await deliver(inBulk(eventOf('waits'))), statuses('RETRY'));
    assert.deepEqual(await deliver(eventOf('waits')), { status: 'RETRY' });
    assert.deepEqual(await deliver(eventOf('good')), { status: 'SUCCESS' });
  });
});
