import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../../../actors/rules/order-parts.js';
import type { CallContext } from '../../../api/commands.js';
import { fail, ok } from '../../../api/errors.js';
import { observed } from '../../../api/observed.js';
import type { Operations } from '../../../api/operations.js';
import { createLogger } from '../../../observability/logging.js';

const id = '01a2069a-0d06-70f4-a06c-1d92837044c5';
const caller: Caller = { type: 'customer', id: 'ada@example.com' };
const context: CallContext = { caller, channel: 'rest' };

/** One gateway, whose calls answer what a test wants. */
const given = (operations: Partial<Record<keyof Operations, () => unknown>>) => {
  const told: unknown[] = [];
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('debug', '8004', { write: (line) => void lines.push(JSON.parse(line) as never) });
  const observer = {
    expectCall: (gateway: string, call: string) => void told.push([gateway, call]),
    called: ({ seconds: _seconds, ...end }: object & { seconds: number }) => void told.push(end),
  };
  return { told, lines, calls: observed(operations as unknown as Operations, 'rest', observer, log) };
};

describe('a call that is observed', () => {
  it('is expected before it comes, and told with its end', async () => {
    const answer = ok({ document: { id, version: 1, document: '{}' }, replayed: true });
    const { told, calls } = given({
      createOrder: async () => answer,
      getOrder: async () => fail({ code: 'forbidden' }),
    });
    expect(await calls.createOrder({}, context)).toStrictEqual(answer);
    await calls.getOrder(id, {}, context);
    expect(told).toStrictEqual([
      ['rest', 'create_order'],
      ['rest', 'get_order'],
      { gateway: 'rest', call: 'create_order', code: 'ok', replayed: true },
      { gateway: 'rest', call: 'get_order', code: 'forbidden', replayed: false },
    ]);
  });

  it('is one line: at debug where all went well, louder the more it is our fault', async () => {
    const { lines, calls } = given({
      createOrder: async () => ok({ document: { id, version: 1, document: '{}' }, replayed: false }),
      getOrder: async () => fail({ code: 'order_not_found' }),
      listOrders: async () => fail({ code: 'unavailable' }),
    });
    await calls.createOrder({}, context);
    await calls.getOrder(id, {}, context);
    await calls.getOrder('ada@example.com', {}, context);
    await calls.listOrders({ guest_email: 'ada@example.com' }, context);
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
    const { told, lines, calls } = given({ getOrder: () => Promise.reject(new Error('a bug')) });
    expect(await calls.getOrder(id, {}, context)).toStrictEqual(fail({ code: 'internal' }));
    expect(told.at(-1)).toStrictEqual({ gateway: 'rest', call: 'get_order', code: 'internal', replayed: false });
    const [error, end] = lines;
    expect([error?.['level'], error?.['order_id'], end?.['code']]).toStrictEqual(['error', id, 'internal']);
    expect((error?.['err'] as { message: string }).message).toBe('a bug');
  });
});
