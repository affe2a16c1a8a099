import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { textOf } from '../chaos/report.js';
import { runChaos } from '../chaos/run.js';

describe('chaos, in short', () => {
  it('breaks what there is, and every promise is kept', async () => {
    const seed = Number(process.env['ORDER_CHAOS_SEED'] ?? 20_261_123);
    const report = await runChaos({
      ...{ seed, seconds: 45, replicas: 2, sessions: 8, actors: false },
      kinds: ['app_killed', 'app_frozen', 'postgres_killed', 'replica_removed'],
      log: (line) => {
        console.log(line);
      },
    });
    assert.ok(report.ok, textOf(report));
    // there was load
    expect(report.orders > 0 && report.commands.acknowledged > 0 && report.looks > 0).toBe(true);
    // there were faults
    expect(Object.keys(report.faults).length).toBeGreaterThan(0);
  });
});
