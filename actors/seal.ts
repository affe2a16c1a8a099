import { type Chain, type ChainEntry, type Link, type PersonalSeal, sealPersonal } from './chain.js';
import { type Audited, journalNumber } from './journal-audit.js';

/** What an entry of an earlier release gets. */
export interface SealedEntry extends Link, PersonalSeal {
  readonly order_id: string;
  readonly version: number;
}

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
    const seal = sealPersonal(row.personal);
    const entry: ChainEntry = { ...row, personal_digest: seal.personal_digest, sealed_at: sealedAt };
    const link = chain.link(previous, number, entry);
    previous = link.hash;
    return { order_id: row.order_id, version: row.version, ...link, ...seal };
  });
};
