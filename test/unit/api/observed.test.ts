import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../../../actors/rules/order-parts.js';
import type { CallInput } from '../../../api/call-input.js';
import type { CallContext } from '../../../api/commands.js';
import { fail, ok, type Result } from '../../../api/errors.js';
import { createObserve } from '../../../api/observed.js';
import { createLogger } from '../../../observability/logging.js';

const id = '01a2069a-0d06-70f4-a06c-1d92837044c5';
const caller: Caller = { type: 'customer', id: 'ada@example.com' };
const context: CallContext = { caller, channel: 'rest' };

const asked = (about: string, input: unknown = {}): CallInput => ({
  ...{ id: about, key: '', input },
  header: () => undefined,
});

/** One gateway, whose calls answer what a test wants. */
const given = (answers: Readonly<Record<string, () => Promise<Result<unknown>>>>) => {
  const told: unknown[] = [];
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('debug', '8004', { write: (line) => void lines.push(JSON.parse(line) as never) });
  const observer = {
    expectCall: (gateway: string, call: string) => void told.push([gateway, call]),
    called: ({ seconds: _seconds, ...end }: object & { seconds: number }) => void told.push(end),
  };
  const observe = createObserve('rest', Object.keys(answers), { observer, isTransient: () => false, log });
  const make = (call: string, about: string, input?: unknown) =>
    observe(call, async () => (answers[call] ?? assert.fail(call))())(asked(about, input), context);
  return { told, lines, make };
};

describe('a call that is observed', () => {
  it('is expected before it comes, and told with its end', async () => {
    const answer = ok({ document: { id, version: 1, document: '{}' }, replayed: true });
    const { told, make } = given({
      create_order: async () => answer,
      get_order: async () => fail({ code: 'forbidden' }),
    });
    expect(await make('create_order', '')).toStrictEqual(answer);
    await make('get_order', id);
    expect(told).toStrictEqual([
      ['rest', 'create_order'],
      ['rest', 'get_order'],
      { gateway: 'rest', call: 'create_order', code: 'ok', replayed: true },
      { gateway: 'rest', call: 'get_order', code: 'forbidden', replayed: false },
    ]);
  });

  it('is one line: at debug where all went well, louder the more it is our fault', async () => {
    const { lines, make } = given({
      create_order: async () => ok({ document: { id, version: 1, document: '{}' }, replayed: false }),
      get_order: async () => fail({ code: 'order_not_found' }),
      list_orders: async () => fail({ code: 'unavailable' }),
    });
    await make('create_order', '');
    await make('get_order', id);
    await make('get_order', 'ada@example.com');
    await make('list_orders', '', { guest_email: 'ada@example.com' });
    const told = lines.map(({ level, call, code, order_id, caller: kind }) => [level, call, code, order_id, kind]);
    expect(told).toStrictEqual([
      ['debug', 'create_order', 'ok', id, 'customer'],
      ['info', 'get_order', 'order_not_found', id, 'customer'],
      ['info', 'get_order', 'order_not_found', undefined, 'customer'],
      ['warn', 'list_orders', 'unavailable', undefined, 'customer'],
    ]);
    expect(JSON.stringify(lines)).not.toContain('ada');
  });

  it('that throws becomes a problem, and its error is in the log with all that is known', async () => {
    const { told, lines, make } = given({ get_order: () => Promise.reject(new Error('a bug')) });
    expect(await make('get_order', id)).toStrictEqual(fail({ code: 'internal' }));
    expect(told.at(-1)).toStrictEqual({ gateway: 'rest', call: 'get_order', code: 'internal', replayed: false });
    const [error, end] = lines;
    expect([error?.['level'], error?.['order_id'], end?.['code']]).toStrictEqual(['error', id, 'internal']);
    expect((error?.['err'] as { message: string }).message).toBe('a bug');
  });
});
