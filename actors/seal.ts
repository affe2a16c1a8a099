import { type Chain, type ChainEntry, type Link, type PersonalSeal, sealPersonal } from './chain.js';
import { type Audited, type AuditRow, journalNumber } from './journal-audit.js';
import { fromStored, toStored } from './rules/stored-entry.js';

/** What an entry of an earlier release gets. */
export interface SealedEntry extends Link, PersonalSeal {
  readonly order_id: string;
  readonly version: number;
  /** The entry as this release keeps it: everything that can be erased in its personal part. */
  readonly data: string;
  readonly personal: string | null;
}

const apart = ({ type, data, personal }: AuditRow): Pick<SealedEntry, 'data' | 'personal'> => {
  const parts = {
    data: JSON.parse(data) as unknown,
    personal: personal === null ? null : (JSON.parse(personal) as unknown),
  };
  const stored = toStored(fromStored({ type, ...parts }));
  const same = (kept: unknown, was: unknown): boolean => JSON.stringify(kept) === JSON.stringify(was);
  return {
    data: same(stored.data, parts.data) ? data : JSON.stringify(stored.data),
    personal:
      same(stored.personal, parts.personal) || stored.personal === null ? personal : JSON.stringify(stored.personal),
  };
};

/**
 * The hashes of an order's entries that have none, linked to those before.
 *
 * @param sealedAt as the chain covers it, see `chainTime`
 * @returns undefined where an entry is missing or cannot be read, or where an entry with a hash follows one without: no
 *   release wrote such a journal, and it is left as it is
 */
export const sealJournal = (
  chain: Chain,
  { journal }: Pick<Audited, 'journal'>,
  sealedAt: string,
): readonly SealedEntry[] | undefined => {
  const number = journalNumber(journal);
  if (number === undefined || journal.some(({ version }, index) => version !== index + 1)) return undefined;
  const open = journal.findIndex(({ hash }) => hash === null);
  if (open === -1) return [];
  if (journal.slice(open).some(({ hash }) => hash !== null)) return undefined;
  let previous = journal[open - 1]?.hash ?? undefined;
  return journal.slice(open).map((row) => {
    const parts = apart(row);
    const seal = sealPersonal(parts.personal);
    const entry: ChainEntry = { ...row, ...parts, personal_digest: seal.personal_digest, sealed_at: sealedAt };
    const link = chain.link(previous, number, entry);
    previous = link.hash;
    return { order_id: row.order_id, version: row.version, ...parts, ...link, ...seal };
  });
};
