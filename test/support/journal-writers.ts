import type { Pool, PoolClient } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { Entry } from '../../actors/rules/entries.js';
import { toStored } from '../../actors/rules/stored-entry.js';
import { placed } from './sample-orders.js';

/** Writes to the journal in a transaction of its own, which stays open between two writes. */
export interface JournalWriter {
  /** Writes the next entry of an order that no open transaction writes to; of a new one where there is none. */
  write(): Promise<void>;
  /** Ends the transaction, if one is open. */
  end(how: 'commit' | 'rollback'): Promise<void>;
}

const insert = `
insert into order_events (order_id, version, type, data, personal, by_type, by_id, channel, command_id, at)
values ($1, $2, $3, $4, $5, 'service', 'test', 'test', 'test', date_trunc('milliseconds', now()))`;

const first = placed()[0]!.entry;
const edit: Entry = { type: 'order.updated', data: { fields: ['notes'] }, personal: { changes: [], notes: 'edited' } };

/** Writers whose transactions are as many and as long as a test wants, and overlap. Each has a connection. */
export const createJournalWriters = (pool: Pool, count: number): readonly JournalWriter[] => {
  /** Orders that a transaction which committed wrote, and their versions. */
  const known = new Map<string, number>();
  const inHand = new Set<string>();

  return Array.from({ length: count }, () => {
    let client: PoolClient | undefined;
    let before: ReadonlyMap<string, number> = known;
    const written = new Map<string, number>();
    /** As in the service, a change is decided on a version that was committed before its transaction began. */
    const isFree = (id: string): boolean => !inHand.has(id) && before.get(id) === known.get(id);

    return {
      write: async () => {
        if (client === undefined) {
          client = await pool.connect();
          await client.query('begin');
          before = new Map(known);
        }
        const id = [...written.keys(), ...[...before.keys()].filter(isFree)].at(-1);
        const order = id === undefined || written.size % 2 === 0 ? uuidv7() : id;
        const version = (written.get(order) ?? known.get(order) ?? 0) + 1;
        const { type, data, personal } = toStored(version === 1 ? first : edit);
        await client.query(insert, [order, version, type, JSON.stringify(data), JSON.stringify(personal)]);
        written.set(order, version);
        inHand.add(order);
      },
      end: async (how) => {
        if (client === undefined) return;
        await client.query(how);
        client.release();
        client = undefined;
        for (const [order, version] of written) {
          inHand.delete(order);
          if (how === 'commit') known.set(order, version);
        }
        written.clear();
      },
    };
  });
};
