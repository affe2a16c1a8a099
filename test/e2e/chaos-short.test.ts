import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { textOf } from '../chaos/report.js';
import { runChaos } from '../chaos/run.js';

describe('chaos, in short', () => {
  it('breaks what there is, and every promise is kept', async (test) => {
    const seed = Number(process.env['ORDER_CHAOS_SEED'] ?? 20_261_123);
    const report = await runChaos({
      ...{ seed, seconds: 45, replicas: 2, sessions: 8, actors: false },
      kinds: ['app_killed', 'app_frozen', 'postgres_killed', 'replica_removed'],
      log: (line) => {
        test.diagnostic(line);
      },
    });
    assert.ok(report.ok, textOf(report));
    assert.ok(report.orders > 0 && report.commands.acknowledged > 0 && report.looks > 0, 'there was load');
    assert.ok(Object.keys(report.faults).length > 0, 'there were faults');
  });
});
