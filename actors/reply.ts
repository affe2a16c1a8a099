import type { Order } from './rules/order.js';
import type { Preview } from './rules/preview.js';
import type { Refusal } from './rules/refusal.js';

/**
 * What an order's actor answers. Always an object, never an exception: the sidecar would flatten it.
 * - `done`: taken, or taken before (`replayed`); the order as it is now
 * - `elsewhere`: this creation key has made another order
 * - `previewed`: what a dry run would have done
 * - `stale`, `conflict`: an event that changes nothing
 * - `broken`: a bug; it is in the actor's log
 */
export type Reply =
  | { readonly outcome: 'done'; readonly order: Order; readonly replayed: boolean }
  | { readonly outcome: 'elsewhere'; readonly orderId: string }
  | { readonly outcome: 'previewed'; readonly preview: Preview }
  | { readonly outcome: 'refused'; readonly refusal: Refusal }
  | { readonly outcome: 'stale' | 'conflict'; readonly reason: string }
  | { readonly outcome: 'broken' };
