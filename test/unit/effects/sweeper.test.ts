import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { CommandRequest } from '../../../actors/command-envelope.js';
import type { Answer } from '../../../actors/order-client.js';
import { createSweeper, type SweeperDeps } from '../../../effects/sweeper.js';
import type { DueDeadline } from '../../../persistence/deadlines.js';
import type { GuestOrder } from '../../../persistence/verified-emails.js';

const done = { outcome: 'done', replayed: false, order: { version: 9 } } as unknown as Answer;
const at = '2026-02-01T00:00:00.000Z';

interface World {
  readonly due: readonly (readonly DueDeadline[])[];
  readonly toReconsider?: readonly string[];
  readonly answer: (request: CommandRequest) => Answer;
  readonly deletions?: readonly number[];
  readonly overlooked?: readonly GuestOrder[];
}

const build = ({ due, toReconsider = [], answer, deletions = [0], overlooked = [] }: World) => {
  const sent: CommandRequest[] = [];
  const reconsidered: [string, number][] = [];
  const prepared: string[] = [];
  const deletedBefore: Date[] = [];
  let rounds = 0;
  const deps: SweeperDeps = {
    deadlines: {
      due: async () => due[rounds++] ?? [],
      toReconsider: async () => toReconsider,
      reconsidered: async (orderId, version) => {
        reconsidered.push([orderId, version]);
      },
    },
    retention: {
      deleteSettled: async (before) => {
        deletedBefore.push(before);
        return deletions[deletedBefore.length - 1] ?? 0;
      },
    },
    emails: {
      overlooked: async () => overlooked,
      settle: async () => undefined,
    },
    numbers: {
      prepare: async (now) => {
        prepared.push(now);
      },
    },
    orders: {
      send: async (request) => {
        sent.push(request);
        return answer(request);
      },
    },
    clock: () => new Date(at),
    waitingHours: 24,
    log: pino({ level: 'silent' }),
  };
  return { sweeper: createSweeper(deps), sent, reconsidered, prepared, deletedBefore, rounds: () => rounds };
};

const deadlines = (count: number): DueDeadline[] =>
  Array.from({ length: count }, (_, index) => ({ orderId: `o-${index}`, what: 'payment', at }));

describe('the sweeper', () => {
  it('sends each deadline under an id that every replica would choose', async () => {
    const { sweeper, sent } = build({ due: [deadlines(1)], answer: () => done });
    await sweeper.sweep();
    expect(sent).toStrictEqual([
      {
        orderId: 'o-0',
        commandId: `deadline:payment:${at}`,
        requestHash: `deadline:payment:${at}`,
        caller: { type: 'system', id: 'deadlines' },
        channel: 'deadline',
        command: { type: 'meet_deadline', what: 'payment', at },
      },
    ]);
  });

  it('continues at once while there is more to do, and only while it gets somewhere', async () => {
    const many = build({ due: [deadlines(200), deadlines(200), deadlines(3)], answer: () => done });
    await many.sweeper.sweep();
    expect(many.sent).toHaveLength(403);
    expect(many.rounds()).toBe(3);
    const stuck = build({
      due: [deadlines(200), deadlines(200)],
      answer: () => ({ outcome: 'stale', reason: 'no longer stands' }),
    });
    await stuck.sweeper.sweep();
    expect(stuck.rounds()).toBe(1);
  });

  it('has waiting events decided again, each time under a new id, and notes the version', async () => {
    const world = build({
      due: [],
      toReconsider: ['o-1', 'o-2'],
      answer: ({ orderId }) => (orderId === 'o-1' ? done : { outcome: 'unavailable' }),
    });
    await world.sweeper.sweep();
    await world.sweeper.sweep();
    expect(world.sent.map(({ command }) => command.type)).toStrictEqual([
      'reconsider',
      'reconsider',
      'reconsider',
      'reconsider',
    ]);
    expect(new Set(world.sent.map(({ commandId }) => commandId)).size).toBe(4);
    expect(world.reconsidered).toStrictEqual([
      ['o-1', 9],
      ['o-1', 9],
    ]);
  });

  it('gives guest orders that were overlooked to the customer who has verified the email', async () => {
    const overlooked = [{ orderId: 'o-1', email: 'ada@example.com', customerId: 'c-1' }];
    const { sweeper, sent } = build({ due: [], overlooked, answer: () => done });
    await sweeper.sweep();
    expect(sent.map(({ orderId, commandId, command }) => [orderId, commandId, command])).toStrictEqual([
      ['o-1', 'link:c-1', { type: 'link_customer', customer_id: 'c-1', email: 'ada@example.com' }],
    ]);
  });

  it('prepares order numbers, and forgets what was settled ninety days ago, bit by bit', async () => {
    const world = build({ due: [], answer: () => done, deletions: [1000, 12, 0] });
    await world.sweeper.tidy();
    expect(world.prepared).toStrictEqual([at]);
    expect(world.deletedBefore.map((before) => before.toISOString())).toStrictEqual([
      '2025-11-03T00:00:00.000Z',
      '2025-11-03T00:00:00.000Z',
      '2025-11-03T00:00:00.000Z',
    ]);
  });

  it('starts with the hourly work and stops at once', async () => {
    const world = build({ due: [deadlines(1)], answer: () => done });
    world.sweeper.start();
    for (const end = performance.now() + 2_000; world.sent.length === 0;) {
      expect(performance.now()).toBeLessThan(end);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(world.prepared).toStrictEqual([at]);
    const began = performance.now();
    await world.sweeper.stop();
    expect(performance.now() - began).toBeLessThan(500);
  });

  it('continues after a failure', async () => {
    const failing = build({ due: [], answer: () => done });
    let calls = 0;
    const sweeper = createSweeper({
      deadlines: {
        due: () => {
          calls += 1;
          return Promise.reject(new Error('database away'));
        },
        toReconsider: async () => [],
        reconsidered: async () => undefined,
      },
      retention: { deleteSettled: () => Promise.reject(new Error('database away')) },
      emails: { overlooked: async () => [], settle: async () => undefined },
      numbers: { prepare: () => Promise.reject(new Error('database away')) },
      orders: { send: async () => done },
      clock: () => new Date(at),
      waitingHours: 24,
      log: pino({ level: 'silent' }),
    });
    sweeper.start();
    for (const end = performance.now() + 2_000; calls === 0;) {
      expect(performance.now()).toBeLessThan(end);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await sweeper.stop();
    expect(failing.sent).toHaveLength(0);
  });
});
