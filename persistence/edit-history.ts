import type { Pool } from 'pg';
import type { EditHistoryEntry, OrderReads, Placed } from '../actors/order-reads.js';
import type { Change } from '../actors/rules/entries.js';
import { differencesIn } from '../actors/rules/history.js';
import { type JournalRow, toEntry } from './document-upgrade.js';

interface AuthoredRow extends JournalRow {
  readonly reason: string | null;
  readonly by_type: string;
  readonly by_id: string;
}

/*
 * An edit tells itself what it changed, in its personal part, which may be long; everything else is found by folding the
 * journal, for which those parts are not needed. So the journal is read without them, and they are read for the page alone.
 */
const isEdit = `type = 'order.updated' and personal is not null`;

const readAuthored = `
select order_id, version, at, type, data, case when ${isEdit} then '{"changes":[]}'::json else personal::json end as personal,
  case when ${isEdit} then null else coalesce(personal ->> 'reason', data ->> 'reason') end as reason, by_type, by_id
from order_events where order_id = $1::uuid order by version`;

const readEdits = `
select order_id, version, at, type, data, personal, coalesce(personal ->> 'reason', data ->> 'reason') as reason, by_type, by_id
from order_events where order_id = $1::uuid and version >= $2 and type = 'order.updated' and personal is not null
order by version limit $3`;

/** Edits that are read at once: one of them sets at most 10,000 characters of notes. */
const batch = 20;

/** The edits of an order from a version on, as a page needs them. */
const createEdits = (pool: Pool, id: string) => {
  const known = new Map<number, AuthoredRow>();
  return async (version: number): Promise<AuthoredRow | undefined> => {
    if (known.has(version)) return known.get(version);
    // Those before are on the page already.
    known.clear();
    const { rows } = await pool.query<AuthoredRow>({
      ...{ name: 'edits-of-order', text: readEdits },
      values: [id, version, batch],
    });
    for (const row of rows) known.set(row.version, row);
    return known.get(version);
  };
};

/** Why an order was held or released, and by whom, is visible to the same callers as the hold's own reason and author. */
const toldOf = (row: AuthoredRow, seesAll: boolean): AuthoredRow => {
  if (row.type !== 'order.held' && row.type !== 'order.released') return row;
  if (!seesAll) return { ...row, reason: null, by_id: row.by_type };
  return { ...row, reason: (row.personal as { readonly reason?: string } | null)?.reason ?? null };
};

const bytesOf = ({ old_value, new_value }: Change): number =>
  [old_value, new_value].reduce<number>(
    (sum, value) => sum + (typeof value === 'string' ? value.length : JSON.stringify(value).length),
    0,
  );

/** The edit history of an order from a place on. A page may end before its limit, but not before so many bytes. */
export const editHistory = async (
  pool: Pool,
  ...[id, after, limit, { hidden, enoughBytes }]: Parameters<OrderReads['editHistory']>
): Promise<readonly Placed<EditHistoryEntry>[]> => {
  const { rows } = await pool.query<AuthoredRow>({ name: 'edit-history', text: readAuthored, values: [id] });
  const byVersion = new Map(rows.map((row) => [row.version, row]));
  const editOf = createEdits(pool, id);
  const found: Placed<EditHistoryEntry>[] = [];
  let bytes = 0;
  for (const { version, changes } of differencesIn(rows.map(toEntry))) {
    const row = byVersion.get(version);
    if (row === undefined || (after !== undefined && version < after.version)) continue;
    if (found.length >= limit || bytes > enoughBytes) break;
    const edit = row.type === 'order.updated' && row.personal !== null ? await editOf(version) : undefined;
    const told = toEntry(edit ?? row);
    const edits = told.entry.type === 'order.updated' ? told.entry.personal.changes : [];
    const rest = common({ ...toldOf(edit ?? row, hidden === undefined), changed_at: row.at, position: '0' });
    const all = [...edits, ...changes].map((change, index) => ({ at: { version, position: index + 1 }, change }));
    for (const { at, change } of all) {
      if (hidden?.(change.field) === true) continue;
      if (after?.version === version && at.position <= after.position) continue;
      if (found.length >= limit) break;
      bytes += bytesOf(change);
      const { version: _same, ...more } = rest;
      found.push({ at, entry: { version, ...change, ...more } });
    }
  }
  return found;
};

/** What the lines of both histories have, as Postgres answers them. */
export interface HistoryRow {
  readonly version: number;
  readonly position: string;
  readonly reason: string | null;
  readonly by_type: string;
  readonly by_id: string;
  readonly changed_at: string;
}

/** The same as a line shows it. */
export const common = ({ version, reason, by_type, by_id, changed_at }: HistoryRow) => ({
  version,
  ...(reason === null ? {} : { reason }),
  changed_by: { type: by_type, id: by_id },
  changed_at,
});
