import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Entry } from '../../actors/rules/entries.js';
import { eventGrid } from '../../actors/rules/event-grid.js';
import { statuses } from '../../actors/rules/transitions.js';
import { tableOf } from '../support/markdown.js';

/** Complete by its type. */
const eventTypes: Readonly<Record<Entry['type'], true>> = {
  'order.created': true,
  'order.status_changed': true,
  'order.updated': true,
  'order.items_cancelled': true,
  'order.cancelled': true,
  'order.return_requested': true,
  'order.returned': true,
  'order.payment_updated': true,
  'order.completed': true,
};

describe('docs/events.md', () => {
  it('has the event grid, topic for topic and status for status', () => {
    const written = tableOf('events.md', 'topic', ...statuses).map(({ topic, ...row }) => [topic, row] as const);
    assert.deepEqual(Object.fromEntries(written), eventGrid);
  });

  it('names every event that goes out', () => {
    const written = tableOf('events.md', 'type', 'when', 'data beside `order_id`, `version`').map(({ type }) => type);
    assert.deepEqual(written, Object.keys(eventTypes));
  });
});
