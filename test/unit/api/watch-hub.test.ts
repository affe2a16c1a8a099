import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createWatchHub, type WatchHub } from '../../../api/watch-hub.js';

describe('Watch hub', () => {
  let versions: Map<string, number>;
  let asked: string[][];
  let hub: WatchHub;
  const never = new AbortController().signal;

  beforeEach(() => {
    versions = new Map([['a', 1]]);
    asked = [];
    hub = createWatchHub({
      versionsOf: async (ids) => {
        asked.push([...ids]);
        return ids.map((id) => ({ id, version: versions.get(id) ?? 1 }));
      },
      intervalMs: 1,
      log: pino({ level: 'silent' }),
    });
  });
  afterEach(() => hub.stop());

  it('wakes whoever watches the order, and nobody else', async () => {
    const [one, other] = [hub.subscribe('a'), hub.subscribe('b')];
    let woken = 0;
    const waiting = other.changed(never).then(() => {
      woken += 1;
    });
    hub.wake('a');
    await one.changed(never);
    expect(woken).toBe(0);
    hub.wake('b');
    await waiting;
    expect(woken).toBe(1);
  });

  it('keeps a sign that came while nobody waited, once', async () => {
    const subscription = hub.subscribe('a');
    hub.wake('a');
    hub.wake('a');
    await subscription.changed(never);
    const again = new AbortController();
    const waiting = subscription.changed(again.signal);
    expect(await Promise.race([waiting.then(() => 'woken'), sleep(5, 'waiting')])).toBe('waiting');
    again.abort();
    await waiting;
  });

  it('finds what other replicas committed, by one look at all watched orders', async () => {
    const [one, other] = [hub.subscribe('a'), hub.subscribe('b')];
    hub.start();
    await Promise.all([one.changed(never), other.changed(never)]);
    versions.set('a', 2);
    await one.changed(never);
    expect(asked.every((ids) => ids.length === 2)).toBe(true);
    other.close();
    versions.set('a', 3);
    await one.changed(never);
    expect(asked.at(-1)).toStrictEqual(['a']);
  });

  it('reports every watch when it stops', async () => {
    hub.subscribe('a');
    expect(hub.stopping.aborted).toBe(false);
    await hub.stop();
    expect(hub.stopping.aborted).toBe(true);
  });
});
