import { describe, expect, it } from '@jest/globals';
import type { EventType } from '../../actors/rules/entries.js';
import { eventGrid } from '../../actors/rules/event-grid.js';
import { statuses } from '../../actors/rules/transitions.js';
import { tableOf } from '../support/markdown.js';

/** Complete by its type. */
const eventTypes: Readonly<Record<EventType, true>> = {
  'order.created': true,
  'order.status_changed': true,
  'order.updated': true,
  'order.items_cancelled': true,
  'order.cancelled': true,
  'order.return_requested': true,
  'order.returned': true,
  'order.payment_updated': true,
  'order.restored': true,
  'order.held': true,
  'order.released': true,
  'order.completed': true,
  'order.erased': true,
};

describe('docs/events.md', () => {
  it('has the event grid, topic for topic and status for status', () => {
    const written = tableOf('events.md', 'topic', ...statuses).map(({ topic, ...row }) => [topic, row] as const);
    expect(Object.fromEntries(written)).toStrictEqual(eventGrid);
  });

  it('names every event that goes out', () => {
    const written = tableOf('events.md', 'type', 'when', 'data beside `order_id`, `version`').map(({ type }) => type);
    expect(written).toStrictEqual(Object.keys(eventTypes));
  });
});
