import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cloudEvent } from '../../../api/schemas/events.js';

describe('A CloudEvent', () => {
  const event = { id: '1', source: 'payment-service', topic: 'payment.completed' };

  it('may have any data, or none', () => {
    assert.deepEqual(cloudEvent.parse(event), event);
    for (const data of [null, [], 'text', 0, false, {}])
      assert.deepEqual(cloudEvent.parse({ ...event, data }), { ...event, data });
  });
});
