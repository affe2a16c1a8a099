import { isDeepStrictEqual } from 'node:util';
import { type Chain, type ChainEntry, personalDigest } from './chain.js';
import { evolve } from './rules/evolve.js';
import { requestedIn } from './rules/funds.js';
import { amount } from './rules/money.js';
import type { OrderState } from './rules/order.js';
import { fromStored } from './rules/stored-entry.js';

/** A row of the journal as it is stored, with all that the chain covers. */
export interface AuditRow extends ChainEntry {
  readonly personal: string | null;
  readonly personal_salt: string | null;
  readonly hash: string | null;
  readonly hash_key: string | null;
}

/** An order as it is stored beside its journal. */
export interface StoredOrder {
  readonly order_number: string;
  readonly version: number;
  readonly document: string;
  readonly requested_amount: string;
  /** Whether columns and lines hold what the document says. */
  readonly agrees: boolean;
}

/** All that storage holds of an order, from one snapshot. */
export interface Audited {
  readonly order_id: string;
  readonly stored: StoredOrder | undefined;
  readonly journal: readonly AuditRow[];
}

/** What a verification found. */
export interface Verification {
  readonly verified: boolean;
  readonly entries: number;
  /** Hash of the newest entry. */
  readonly head?: string | undefined;
  /** The first version that is missing or wrong; absent where only the stored order differs. */
  readonly first_bad_version?: number | undefined;
  readonly why?: string | undefined;
  /** When entries of an earlier release got their hashes. */
  readonly sealed_at?: string | undefined;
}

type Fault = Pick<Verification, 'first_bad_version' | 'why'>;

const bad = (version: number, why: string): Fault => ({ first_bad_version: version, why });

const numberOf = ({ data }: AuditRow): string | undefined => {
  const parsed: unknown = JSON.parse(data);
  const number = (parsed as { readonly order_number?: unknown } | null)?.order_number;
  return typeof number === 'string' ? number : undefined;
};

/** The order number by the first entry; undefined where that entry cannot be read. */
export const journalNumber = (journal: readonly AuditRow[]): string | undefined => {
  try {
    return journal[0] === undefined ? undefined : numberOf(journal[0]);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/** @param erased the newest version that erased what is personal of those before it; 0: none */
const personalFault = (
  { version, personal, personal_salt, personal_digest }: AuditRow,
  erased: number,
): Fault | undefined => {
  if (version < erased && personal === null && personal_salt === null) return undefined;
  const digest = personal === null || personal_salt === null ? null : personalDigest(personal_salt, personal);
  const whole = personal === null ? personal_salt === null : personal_salt !== null;
  return whole && digest === personal_digest
    ? undefined
    : bad(version, 'The personal part differs from what was written.');
};

const linkFault = (chain: Chain, journal: readonly AuditRow[], number: string): Fault | undefined => {
  const erased = journal.findLast(({ type }) => type === 'order.erased')?.version ?? 0;
  let previous: string | undefined;
  for (const [index, row] of journal.entries()) {
    if (row.version !== index + 1) return bad(index + 1, 'The entry is missing.');
    const { hash, hash_key } = row;
    if (hash === null || hash_key === null) {
      return previous === undefined && journal.every((entry) => entry.hash === null)
        ? { why: 'The journal was written by an earlier release and is not sealed.' }
        : bad(row.version, 'The entry has no hash.');
    }
    const fault = personalFault(row, erased);
    if (fault !== undefined) return fault;
    if (!chain.matches(previous, number, row, { hash, hash_key }))
      return bad(row.version, 'The hash does not match the entry.');
    previous = hash;
  }
  return undefined;
};

/** The number in the first entry is bound by the second; alone, it is compared with the stored order. */
const numberFault = (chain: Chain, { journal, stored }: Audited, number: string): Fault | undefined => {
  if (stored === undefined || stored.order_number === number) return undefined;
  const agreed = (JSON.parse(stored.document) as { readonly order_number?: unknown }).order_number;
  if (agreed !== stored.order_number) return undefined;
  const [first, second] = journal;
  const rightByStored =
    second === undefined ||
    first === undefined ||
    first.hash === null ||
    second.hash === null ||
    second.hash_key === null ||
    chain.matches(first.hash, stored.order_number, second, { hash: second.hash, hash_key: second.hash_key });
  return rightByStored ? bad(1, 'The order number differs from the one that was drawn.') : undefined;
};

const replayed = (orderId: string, journal: readonly AuditRow[]): OrderState | Fault => {
  let state: OrderState | undefined;
  for (const { version, type, data, personal, at } of journal) {
    try {
      const entry = fromStored({
        type,
        data: JSON.parse(data) as unknown,
        personal: personal === null ? null : (JSON.parse(personal) as unknown),
      });
      state = evolve(state, { order_id: orderId, version, at: new Date(at).toISOString(), entry });
    } catch {
      return bad(version, 'The entry cannot be replayed.');
    }
  }
  return state ?? bad(1, 'The entry is missing.');
};

const storedFault = ({ order_id, journal, stored }: Audited): Fault | undefined => {
  const state = replayed(order_id, journal);
  if (!('order' in state)) return state;
  if (stored === undefined) return { why: 'The stored order is missing.' };
  if (stored.version > journal.length) return bad(journal.length + 1, 'The entry is missing.');
  const replay: unknown = JSON.parse(JSON.stringify(state.order));
  if (!isDeepStrictEqual(JSON.parse(stored.document), replay))
    return { why: 'The stored order differs from the replay of its journal.' };
  return stored.agrees && requestedIn(state).equals(amount(stored.requested_amount))
    ? undefined
    : { why: 'The columns or lines of the stored order differ from the replay of its journal.' };
};

/** Checks the hash chain of a journal, replays it with the present rules, and compares the replay with the stored order. */
export const verifyJournal = (chain: Chain, audited: Audited): Verification => {
  const { journal } = audited;
  const head = journal.at(-1)?.hash ?? undefined;
  const sealed = journal.find((row) => row.sealed_at !== null)?.sealed_at ?? undefined;
  const number = journalNumber(journal);
  const fault =
    number === undefined
      ? bad(1, 'The entry is missing or cannot be read.')
      : (numberFault(chain, audited, number) ?? linkFault(chain, journal, number) ?? storedFault(audited));
  return {
    verified: fault === undefined,
    entries: journal.length,
    ...(head === undefined ? {} : { head }),
    ...fault,
    ...(sealed === undefined ? {} : { sealed_at: new Date(sealed).toISOString() }),
  };
};
