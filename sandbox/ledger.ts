import type { Store } from './store.js';

/** A request that carries an idempotency key. `bodyDigest` stands for its operation and body. */
export interface KeyedRequest {
  service: string;
  operation: string;
  key: string;
  order_id: string;
  amount?: string;
  payment_id?: string;
  bodyDigest: string;
}

/** One thing that a service was asked to do: one entry per service and key. `at` is the time of the first request. */
export interface LedgerEntry extends Omit<KeyedRequest, 'bodyDigest'> {
  at: string;
  deliveries: number;
}

/** What the services were asked, and how often; it makes them idempotent. */
export interface Ledger {
  /** Notes a request. `conflict`: the key was used with another operation or body, and nothing was noted. */
  note(request: KeyedRequest): 'first' | 'repeat' | 'conflict';
  /** Whether a service was asked for this key before. */
  knows(service: string, key: string): boolean;
  /** The entries of one order, or the newest of all, in order of first arrival. */
  list(orderId?: string): LedgerEntry[];
}

/** The ledger in the store. A key that the store has forgotten is taken for a new one. */
export function createLedger(store: Store, now: () => Date = () => new Date()): Ledger {
  const noted = store.table<{ entry: LedgerEntry; bodyDigest: string }>('ledger');
  const idOf = (service: string, key: string): string => `${service} ${key}`;

  return {
    note({ bodyDigest, ...request }) {
      const key = idOf(request.service, request.key);
      const known = noted.get(key);
      if (known !== undefined && known.bodyDigest !== bodyDigest) return 'conflict';
      const entry = known?.entry ?? { ...request, at: now().toISOString(), deliveries: 0 };
      entry.deliveries += 1;
      noted.put({ entry, bodyDigest }, { key, orderId: request.order_id });
      return known === undefined ? 'first' : 'repeat';
    },
    knows: (service, key) => noted.get(idOf(service, key)) !== undefined,
    list: (orderId) => noted.list(orderId).map(({ entry }) => entry),
  };
}
