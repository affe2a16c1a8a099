import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { tableOf } from '../support/markdown.js';
import { registered } from '../support/registry.js';

describe('docs/observability.md', () => {
  it('has every series of the service, with its type and labels', () => {
    const written = tableOf('observability.md', 'name', 'type', 'labels', 'meaning');
    const known = registered().filter(({ name }) => name.startsWith('order_'));
    expect(written.map((row) => [row['name'], row['type'], row['labels']?.replaceAll('`', '')])).toStrictEqual(
      known.map(({ name, type, labelNames }) => [name, type, labelNames.join(', ') || 'none']),
    );
    for (const { name, meaning } of written) assert.match(meaning ?? '', /\w{3,}.*[._]$/, name);
  });

  it('has the metrics whose names are a contract', () => {
    const contract = {
      order_created_total: ['counter', ['status']],
      order_status_changes_total: ['counter', ['from', 'to']],
      order_total_value_created: ['counter', ['currency']],
      order_average_value: ['gauge', ['currency']],
      order_creation_duration_seconds: ['summary', []],
      order_cancellation_rate: ['gauge', []],
    };
    const all = new Map(registered().map(({ name, type, labelNames }) => [name, [type, labelNames]]));
    for (const [name, wanted] of Object.entries(contract)) assert.deepEqual(all.get(name), wanted, name);
  });
});
