import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { createLogger, loggedError, withLogFields } from '../../../observability/logging.js';
import { secret } from '../../support/given.js';

const thrownBy = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
};

/** Errors as their makers throw them, each with personal data where it really stands. */
const errors: Readonly<Record<string, unknown>> = {
  'a row that fits no constraint': Object.assign(new Error('new row violates check constraint "orders_money"'), {
    ...{ code: '23514', detail: `Failing row contains (${secret}).`, where: secret, table: 'orders' },
  }),
  'a value of a wrong type': Object.assign(new Error(`invalid input syntax for type uuid: "${secret} of "Rome""`), {
    code: '22P02',
  }),
  'text that is no JSON': thrownBy(() => JSON.parse(secret)),
  'a body that is no JSON': thrownBy(() => JSON.parse(`{"name": ${secret}}`)),
  'a request that failed': Object.assign(new Error('connect ECONNREFUSED'), {
    config: { body: secret },
    cause: secret,
  }),
  'a text': secret,
};

describe('an error in the log', () => {
  it.each(Object.entries(errors))('shows nothing of %s', (_what, error) => {
    const told = JSON.stringify(loggedError(error));
    assert.ok(!told.includes(secret), told);
  });

  it('says what it is, and where it is from', () => {
    const told = loggedError(errors['a row that fits no constraint']);
    expect([told.type, told.code]).toStrictEqual(['Error', '23514']);
    expect(told.message).toBe('new row violates check constraint "orders_money"');
    expect(told.stack ?? '').toMatch(/^\s+at .*logging\.test/);
  });
});

describe('a log line', () => {
  it('says which work it belongs to, also within work within it, and nothing of it afterwards', async () => {
    const lines: Record<string, unknown>[] = [];
    const log = createLogger('info', '8004', { write: (line) => void lines.push(JSON.parse(line) as object as never) });
    await withLogFields({ order_id: 'o-1', caller: 'staff' }, async () => {
      await Promise.resolve();
      withLogFields({ command: 'cancel' }, () => {
        log.warn({ order_id: 'o-2' }, 'within');
      });
      log.info('around');
    });
    log.info('after');
    const told = lines.map(({ msg, order_id, caller, command }) => [msg, order_id, caller, command]);
    expect(told).toStrictEqual([
      ['within', 'o-2', 'staff', 'cancel'],
      ['around', 'o-1', 'staff', undefined],
      ['after', undefined, undefined, undefined],
    ]);
  });
});
