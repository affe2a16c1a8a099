import { setTimeout as sleep } from 'node:timers/promises';
import { createRestDeskDriver } from '../support/drivers/desk.js';
import { createRestStaffDriver } from '../support/drivers/staff.js';
import type { Shop } from '../support/shop.js';

/** What staff did once everything worked again. */
export interface AfterCare {
  /** Holds that were released. */
  readonly released: number;
  /** Cancelled orders: unpaid ones whose client gave up before it received the answer to its create. */
  readonly cancelled: number;
  /** Effects that were tried again. */
  readonly retried: number;
  /** Keys of effects that stay rejected: what they asked for was asked for under another key, or is no longer owed. */
  readonly rejected: readonly string[];
}

const restMs = 300_000;

/** Codes that say that the effect is no longer needed, because the order has changed since it was refused. */
const outdated: ReadonlySet<string> = new Set([
  ...['quantity_not_available', 'illegal_transition', 'order_not_held', 'order_on_hold'],
]);

const held = `
  select id from orders
  where status in ('confirmed', 'processing') and document -> 'hold' -> 'by' ->> 'type' <> 'system'`;
const unpaid = `select id from orders where status = 'confirmed' and payment_status = 'pending'`;
const rejected = `select order_id, key from order_effects where state in ('rejected', 'dead')`;
const pending = `select 1 from order_effects where state = 'pending' limit 1`;

/**
 * Does what staff would do, until nothing is left: releases held orders, cancels unpaid orders that no client knows, and
 * retries rejected effects.
 *
 * @param known ids of the orders that a client knows of and pays for
 */
export const takeCare = async (shop: Shop, known: ReadonlySet<string>): Promise<AfterCare> => {
  const stack = shop.stack.describe();
  const [desk, staff] = [createRestDeskDriver(stack), createRestStaffDriver(stack)];
  const superseded = new Set<string>();
  let [released, cancelled, retried] = [0, 0, 0];
  const end = performance.now() + restMs;
  for (;;) {
    for (const { id } of await shop.query<{ id: string }>(held))
      if ((await desk.release(id, { reason: 'after-care' })).ok) released += 1;
    for (const { id } of await shop.query<{ id: string }>(unpaid))
      if (!known.has(id) && (await shop.on(1).cancelOrder(id, { reason: 'after-care' })).ok) cancelled += 1;
    const open = (await shop.query<{ order_id: string; key: string }>(rejected)).filter(
      ({ key }) => !superseded.has(key),
    );
    for (const { order_id, key } of open) {
      const answer = await staff.retryEffect(order_id, key, { reason: 'after-care' });
      if (answer.ok) retried += 1;
      else if (outdated.has(answer.code ?? '')) superseded.add(key);
    }
    const quiet = (await shop.query(pending)).length === 0 && (await shop.query(held)).length === 0;
    if (open.length === 0 && quiet) break;
    if (performance.now() > end) break;
    await sleep(500);
  }
  const left = await shop.query<{ order_id: string; key: string }>(rejected);
  return { released, cancelled, retried, rejected: left.map(({ key }) => key).filter((key) => superseded.has(key)) };
};
