import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createBalances } from '../../sandbox/balances.js';

const refund = (amount: string, payment_id = 'p-1') => ({ order_id: 'o-1', payment_id, amount });
const captured = (amount: string, more: object = {}) => ({ order_id: 'o-1', payment_id: 'p-1', amount, ...more });

describe('balances of the sandbox’s payment service', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandbox-balances-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('allow no more than a known payment holds, and whatever is asked of an unknown one', async () => {
    const file = join(folder, 'held.jsonl');
    const balances = await createBalances({ file });
    expect(balances.allows('r-1', refund('100.00'))).toBe(true);
    await balances.created('o-1', { payments: [{ payment_id: 'p-1', status: 'completed', amount: '100.00' }] });
    expect(balances.allows('r-1', refund('100.00'))).toBe(true);
    expect(balances.allows('r-1', refund('100.01'))).toBe(false);
    await balances.refunded('r-1', refund('60.00'));
    // a repeat of what was refunded
    expect(balances.allows('r-1', refund('60.00'))).toBe(true);
    expect(balances.allows('r-2', refund('40.01'))).toBe(false);
    await balances.close();

    const again = await createBalances({ file });
    expect(again.allows('r-2', refund('40.00'))).toBe(true);
    expect(again.allows('r-2', refund('40.01'))).toBe(false);
    await again.published('e-1', 'payment.refunded', { ...refund('40.00'), refund_id: 'by hand' });
    expect(again.allows('r-2', refund('0.01'))).toBe(false);
    await again.close();
  });

  it('count a capture once, by its id or as the only one of its payment', async () => {
    const balances = await createBalances({ file: join(folder, 'captured.jsonl') });
    for (const event of ['e-1', 'e-2']) await balances.published(event, 'payment.completed', captured('60.00'));
    expect(balances.allows('r-1', refund('60.01'))).toBe(false);
    await balances.published('e-3', 'payment.completed', captured('60.00', { capture_id: 'a' }));
    // explains the capture without an id
    expect(balances.allows('r-1', refund('60.01'))).toBe(false);
    await balances.published('e-4', 'payment.completed', captured('40.00', { capture_id: 'b' }));
    expect(balances.allows('r-1', refund('100.00'))).toBe(true);
    expect(balances.allows('r-1', refund('100.01'))).toBe(false);
    await balances.close();
  });

  it('count what an event without an id captured beyond what creation stated, once', async () => {
    const balances = await createBalances({ file: join(folder, 'surplus.jsonl') });
    await balances.created('o-1', { payments: [{ payment_id: 'p-1', status: 'completed', amount: '100.00' }] });
    for (const event of ['e-1', 'e-2']) await balances.published(event, 'payment.completed', captured('120.00'));
    expect(balances.allows('r-1', refund('120.00'))).toBe(true);
    expect(balances.allows('r-1', refund('120.01'))).toBe(false);
    await balances.close();
  });

  it('count no capture without an id after captures with one: it repeats them', async () => {
    const balances = await createBalances({ file: join(folder, 'repeated.jsonl') });
    await balances.published('e-1', 'payment.completed', captured('60.00', { capture_id: 'a' }));
    await balances.published('e-2', 'payment.completed', captured('60.00'));
    expect(balances.allows('r-1', refund('60.00'))).toBe(true);
    expect(balances.allows('r-1', refund('60.01'))).toBe(false);
    await balances.close();
  });
});
