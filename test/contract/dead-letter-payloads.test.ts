import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { answerSchemas } from '../../api/openapi/components.js';
import { sidecarHeaders } from '../../scripts/readiness.js';
import { sharedStack } from '../support/stack.js';
import { createGrpcStaffDriver, createRestStaffDriver } from '../support/drivers/staff.js';
import { eventually } from '../support/outcomes.js';

const stack = sharedStack();
const rest = createRestStaffDriver(stack);
const grpc = createGrpcStaffDriver(stack);
const topic = 'payment.completed';

/** Publishes an event with any data, which the sandbox would not: it takes objects only. Answers its id. */
const publish = async (data: { readonly data: unknown }): Promise<string> => {
  const id = randomUUID();
  const event = { specversion: '1.0', id, source: 'payment-service', type: topic, datacontenttype: 'application/json' };
  const response = await fetch(`${stack.sandbox!.dapr}/v1.0/publish/pubsub/${topic}`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json', ...sidecarHeaders(stack.secrets.daprApiToken) },
    body: JSON.stringify({ ...event, ...data }),
  });
  assert.ok(response.ok, `publishing answered ${response.status}`);
  return id;
};

describe.each([rest, grpc])('Payloads of dead letters, over $name', (driver) => {
  it.each([
    ['null', { data: null }, null],
    ['an array', { data: [1, null, 'x'] }, [1, null, 'x']],
    ['a string', { data: 'text' }, 'text'],
    ['a number', { data: 7.5 }, 7.5],
    ['a boolean', { data: false }, false],
  ] as const)("are as the event's data, which is %s", async (_name, data, payload) => {
    const eventId = await publish(data);
    const found = await eventually(
      async () => {
        // The newest are first, and others may come in between.
        const { entries } = await driver.deadLetters({ page_size: 100 });
        return entries.find(({ event_id }) => event_id === eventId);
      },
      (letter) => letter !== undefined,
      30_000,
    );
    assert.ok(found !== undefined, `event ${eventId} became no dead letter`);
    expect(answerSchemas.DeadLetter.parse(found).payload).toStrictEqual(payload);
    for (const either of [rest, grpc]) expect((await either.deadLetter(found.id)).letter).toStrictEqual(found);
    const { letter: closed } = await driver.discardDeadLetter(found.id, { reason: 'the suite says so' });
    expect(answerSchemas.DeadLetter.parse(closed).payload).toStrictEqual(payload);
  });

  it('are cut over gRPC where a client could not decode them', async () => {
    const nested = (levels: number, innermost: unknown): unknown =>
      levels === 0 ? innermost : { in: nested(levels - 1, innermost) };
    const eventId = await publish({ data: nested(60, 'x') });
    const found = await eventually(
      async () => (await driver.deadLetters({ page_size: 100 })).entries.find(({ event_id }) => event_id === eventId),
      (letter) => letter !== undefined,
      30_000,
    );
    const shown = driver.name === 'gRPC' ? nested(30, '[nested too deeply]') : nested(60, 'x');
    expect(found?.payload).toStrictEqual(shown);
    assert.ok(found !== undefined);
    const { letter: closed } = await driver.discardDeadLetter(found.id, { reason: 'the suite says so' });
    expect(closed?.payload).toStrictEqual(shown);
  });
});
