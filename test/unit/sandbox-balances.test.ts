import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createBalances } from '../../sandbox/balances.js';
import { openStore } from '../../sandbox/store.js';

const refund = (amount: string, payment_id = 'p-1') => ({ order_id: 'o-1', payment_id, amount });
const captured = (amount: string, more: object = {}) => ({ order_id: 'o-1', payment_id: 'p-1', amount, ...more });

describe('balances of the sandbox’s payment service', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandbox-balances-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('allow no more than a known payment holds, and whatever is asked of an unknown one', async () => {
    const store = openStore(join(folder, 'held'));
    const balances = createBalances(store);
    expect(balances.allows('r-1', refund('100.00'))).toBe(true);
    balances.created('o-1', { payments: [{ payment_id: 'p-1', status: 'completed', amount: '100.00' }] });
    expect(balances.allows('r-1', refund('100.00'))).toBe(true);
    expect(balances.allows('r-1', refund('100.01'))).toBe(false);
    balances.refunded('r-1', refund('60.00'));
    // a repeat of what was refunded
    expect(balances.allows('r-1', refund('60.00'))).toBe(true);
    expect(balances.allows('r-2', refund('40.01'))).toBe(false);
    await store.close();

    const reopened = openStore(join(folder, 'held'));
    const again = createBalances(reopened);
    expect(again.allows('r-2', refund('40.00'))).toBe(true);
    expect(again.allows('r-2', refund('40.01'))).toBe(false);
    again.published('e-1', 'payment.refunded', { ...refund('40.00'), refund_id: 'by hand' });
    expect(again.allows('r-2', refund('0.01'))).toBe(false);
    await reopened.close();
  });

  it('count a capture once, by its id or as the only one of its payment', async () => {
    const store = openStore(join(folder, 'captured'));
    const balances = createBalances(store);
    for (const event of ['e-1', 'e-2']) balances.published(event, 'payment.completed', captured('60.00'));
    expect(balances.allows('r-1', refund('60.01'))).toBe(false);
    balances.published('e-3', 'payment.completed', captured('60.00', { capture_id: 'a' }));
    // explains the capture without an id
    expect(balances.allows('r-1', refund('60.01'))).toBe(false);
    balances.published('e-4', 'payment.completed', captured('40.00', { capture_id: 'b' }));
    expect(balances.allows('r-1', refund('100.00'))).toBe(true);
    expect(balances.allows('r-1', refund('100.01'))).toBe(false);
    await store.close();
  });

  it('count what an event without an id captured beyond what creation stated, once', async () => {
    const store = openStore(join(folder, 'surplus'));
    const balances = createBalances(store);
    balances.created('o-1', { payments: [{ payment_id: 'p-1', status: 'completed', amount: '100.00' }] });
    for (const event of ['e-1', 'e-2']) balances.published(event, 'payment.completed', captured('120.00'));
    expect(balances.allows('r-1', refund('120.00'))).toBe(true);
    expect(balances.allows('r-1', refund('120.01'))).toBe(false);
    await store.close();
  });

  it('count no capture without an id after captures with one: it repeats them', async () => {
    const store = openStore(join(folder, 'repeated'));
    const balances = createBalances(store);
    balances.published('e-1', 'payment.completed', captured('60.00', { capture_id: 'a' }));
    balances.published('e-2', 'payment.completed', captured('60.00'));
    expect(balances.allows('r-1', refund('60.00'))).toBe(true);
    expect(balances.allows('r-1', refund('60.01'))).toBe(false);
    await store.close();
  });
});
