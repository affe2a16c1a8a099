import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { Target } from '../../actors/rules/effects.js';
import type { ClaimedEffect } from '../../persistence/effects.js';

/** A row of order_effects as the order's own statement writes it. */
export interface EffectRow {
  readonly orderId: string;
  readonly version: number;
  readonly position: number;
  readonly target: Target;
  readonly operation: string;
}

export const effectKey = ({ orderId, version, operation, position }: EffectRow): string =>
  `${orderId}:${version}:${operation}:${position}`;

/** @returns the keys, in the order given */
export const insertEffects = async (pool: Pool, rows: readonly Partial<EffectRow>[]): Promise<readonly string[]> => {
  const complete = rows.map((row): EffectRow => ({
    orderId: randomUUID(),
    version: 1,
    position: 0,
    target: 'fulfillment',
    operation: `${row.target ?? 'fulfillment'}.test`,
    ...row,
  }));
  await pool.query(
    `insert into order_effects (key, order_id, version, position, target, operation, payload, next_at, created_at)
     select * from json_to_recordset($1) as r (key text, "orderId" uuid, version integer, position integer, target text,
       operation text, payload json, next_at timestamptz, created_at timestamptz)`,
    [
      JSON.stringify(
        complete.map((row) => ({
          ...row,
          key: effectKey(row),
          payload: { order_id: row.orderId },
          next_at: new Date(),
          created_at: new Date(),
        })),
      ),
    ],
  );
  return complete.map(effectKey);
};

/** An order with its journal, as little of it as effects need. */
export const insertOrder = async (
  pool: Pool,
  orderId: string,
  entries: readonly { type: string; data: object }[],
): Promise<void> => {
  await pool.query(
    `insert into orders (id, order_number, status, currency, subtotal, tax_amount, shipping_amount, discount_amount,
       total_amount, captured_amount, refunded_amount, requested_amount, payment_status, created_by_service, created_at,
       updated_at, version, document)
     values ($1::uuid, 'ORD-' || $1::uuid, 'confirmed', 'USD', 1, 0, 0, 0, 1, 1, 0, 0, 'completed', 'test', now(), now(), $2, '{}')`,
    [orderId, entries.length],
  );
  for (const [index, { type, data }] of entries.entries())
    await pool.query(
      `insert into order_events (order_id, version, type, data, by_type, by_id, channel, command_id, at)
       values ($1, $2, $3, $4, 'service', 'test', 'rest', 'c', '2026-01-02T03:04:05.678Z')`,
      [orderId, index + 1, type, JSON.stringify(data)],
    );
};

/** A claimed effect that no database knows. */
export const anEffect = (with_: Partial<ClaimedEffect> = {}): ClaimedEffect => {
  const orderId = with_.orderId ?? randomUUID();
  const operation = with_.operation ?? 'fulfillment.stop';
  return {
    key: `${orderId}:1:${operation}:0`,
    claim: randomUUID(),
    orderId,
    version: 1,
    target: 'fulfillment',
    operation,
    payload: { order_id: orderId, reason: 'test' },
    attempts: 1,
    createdAt: '2026-01-02T03:04:05.000Z',
    queuedAt: '2026-01-02T03:04:05.000Z',
    traceparent: undefined,
    entry: undefined,
    ...with_,
  };
};
