import assert from 'node:assert/strict';
import { sharedStack } from '../support/stack.js';

/**
 * Publishes as the service that owns the topic would; answers the event's id.
 *
 * @param id of the event; default: a new one
 */
export const publish = async (topic: string, data: object, id?: string): Promise<string> => {
  const query = id === undefined ? '' : `?id=${encodeURIComponent(id)}`;
  const response = await fetch(`${sharedStack().sandbox!.url}/events/${topic}${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(data),
  });
  assert.equal(response.status, 202, await response.clone().text());
  return ((await response.json()) as { id: string }).id;
};
