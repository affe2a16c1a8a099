import assert from 'node:assert/strict';
import { sharedStack } from '../support/stack.js';

/** Publishes as the service that owns the topic would; answers the event's id. */
export const publish = async (topic: string, data: object): Promise<string> => {
  const response = await fetch(`${sharedStack().sandbox!.url}/events/${topic}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(data),
  });
  assert.equal(response.status, 202, await response.clone().text());
  return ((await response.json()) as { id: string }).id;
};
