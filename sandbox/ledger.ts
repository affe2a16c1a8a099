import { z } from 'zod';
import { loadJournal, openJournal, rewriteJournal } from './journal.js';

const entrySchema = z.object({
  service: z.string(),
  operation: z.string(),
  key: z.string(),
  order_id: z.string(),
  amount: z.string().exactOptional(),
  payment_id: z.string().exactOptional(),
  at: z.string(),
  deliveries: z.number().int(),
});

/** One thing that a service was asked to do: one entry per service and key. `at` is the time of the first request. */
export type LedgerEntry = z.infer<typeof entrySchema>;

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

/** What the services were asked, and how often; it makes them idempotent. */
export interface Ledger {
  /**
   * Notes a request; decided at once, resolved when it is written down. `conflict`: the key was used with another
   * operation or body, and nothing was noted.
   */
  note(request: KeyedRequest): Promise<'first' | 'repeat' | 'conflict'>;
  /** Whether a service was asked for this key before. */
  knows(service: string, key: string): boolean;
  /** The entries of one order, or the newest of all, in order of first arrival. */
  list(orderId?: string): LedgerEntry[];
  close(): Promise<void>;
}

const recordSchema = z.union([
  entrySchema.extend({ body_digest: z.string() }),
  z.object({ repeat: z.tuple([z.string(), z.string()]) }),
]);
type LedgerRecord = z.infer<typeof recordSchema>;
interface Noted {
  entry: LedgerEntry;
  bodyDigest: string;
}

/** At most this many entries are answered when no order is named. */
export const LISTED = 10_000;

/**
 * The ledger over a journal file. It remembers the newest `limit` entries (default 200,000); a key older than that is
 * taken for a new one.
 */
export async function createLedger(deps: { file: string; limit?: number; now?: () => Date }): Promise<Ledger> {
  const { file, limit = 200_000, now = () => new Date() } = deps;
  const noted = new Map<string, Noted>();
  const byOrder = new Map<string, LedgerEntry[]>();
  const idOf = (service: string, key: string): string => `${service} ${key}`;

  const forgetOldest = (): void => {
    const oldest = noted.entries().next().value;
    if (oldest === undefined) return;
    const [id, { entry }] = oldest;
    noted.delete(id);
    const left = (byOrder.get(entry.order_id) ?? []).filter((other) => other !== entry);
    if (left.length > 0) byOrder.set(entry.order_id, left);
    else byOrder.delete(entry.order_id);
  };
  const add = (entry: LedgerEntry, bodyDigest: string): void => {
    noted.set(idOf(entry.service, entry.key), { entry, bodyDigest });
    const entries = byOrder.get(entry.order_id);
    if (entries === undefined) byOrder.set(entry.order_id, [entry]);
    else entries.push(entry);
    if (noted.size > limit) forgetOldest();
  };

  const lines = await loadJournal(file, recordSchema, (record) => {
    if ('repeat' in record) {
      const known = noted.get(idOf(...record.repeat));
      if (known !== undefined) known.entry.deliveries += 1;
    } else {
      const { body_digest, ...entry } = record;
      add(entry, body_digest);
    }
  });
  const toRecord = ({ entry, bodyDigest }: Noted): LedgerRecord => ({ ...entry, body_digest: bodyDigest });
  if (lines > noted.size * 2 + 1000) await rewriteJournal(file, [...noted.values()].map(toRecord));
  const journal = await openJournal<LedgerRecord>(file);

  return {
    async note({ bodyDigest, ...request }) {
      const known = noted.get(idOf(request.service, request.key));
      if (known === undefined) {
        const entry: LedgerEntry = { ...request, at: now().toISOString(), deliveries: 1 };
        add(entry, bodyDigest);
        await journal.append(toRecord({ entry, bodyDigest }));
        return 'first';
      }
      if (known.bodyDigest !== bodyDigest) return 'conflict';
      known.entry.deliveries += 1;
      await journal.append({ repeat: [request.service, request.key] });
      return 'repeat';
    },
    knows: (service, key) => noted.has(idOf(service, key)),
    list(orderId) {
      if (orderId !== undefined) return byOrder.get(orderId) ?? [];
      return [...noted.values()].slice(-LISTED).map(({ entry }) => entry);
    },
    close: () => journal.close(),
  };
}
