import { describe, expect, it } from '@jest/globals';
import { cloudEvent } from '../../../api/schemas/events.js';

describe('A CloudEvent', () => {
  const event = { id: '1', source: 'payment-service', topic: 'payment.completed' };

  it('may have any data, or none', () => {
    expect(cloudEvent.parse(event)).toStrictEqual(event);
    for (const data of [null, [], 'text', 0, false, {}])
      expect(cloudEvent.parse({ ...event, data })).toStrictEqual({ ...event, data });
  });
});
