import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** An entry exactly as its row holds it: JSON as text, times in microseconds. */
export interface ChainEntry {
  readonly order_id: string;
  readonly version: number;
  readonly type: string;
  readonly data: string;
  readonly by_type: string;
  readonly by_id: string;
  readonly channel: string;
  readonly command_id: string;
  readonly traceparent: string | null;
  readonly at: string;
  /** Digest of the personal part, null where there is none. */
  readonly personal_digest: string | null;
  /** When an entry of an earlier release got its hash, null for those hashed as they were written. */
  readonly sealed_at: string | null;
}

/** What an entry carries of the chain. */
export interface Link {
  readonly hash: string;
  /** Names the key of the hash. */
  readonly hash_key: string;
}

/** A personal part's salt and digest. Erasing part and salt leaves the digest, so the chain stays valid. */
export interface PersonalSeal {
  readonly personal_salt: string | null;
  readonly personal_digest: string | null;
}

/** The hash chain of the journals: each entry's hash is an HMAC over the previous hash and the whole entry. */
export interface Chain {
  /**
   * @param previous hash of the entry before, undefined for the first
   * @param orderNumber the order's number; the second and later entries bind it, the first is hashed without
   */
  link(previous: string | undefined, orderNumber: string, entry: ChainEntry): Link;
  /** Whether this is the entry's hash, by the key that it names: the present one or an old one. */
  matches(previous: string | undefined, orderNumber: string, entry: ChainEntry, link: Link): boolean;
  /** Signs a fact of the service's own about all journals. */
  sign(fact: string): Link;
  isSigned(fact: string, link: Link): boolean;
}

interface Key {
  readonly id: string;
  readonly secret: Buffer;
}

const keyOf = (root: string): Key => {
  const secret = createHmac('sha256', root).update('journal').digest();
  return { id: createHash('sha256').update(secret).digest('hex').slice(0, 16), secret };
};

/** The number is drawn by the statement that stores the first entry, after its hash was made: that hash leaves it out. */
const withoutNumber = (data: string, orderNumber: string): string =>
  data.replace(`"order_number":${JSON.stringify(orderNumber)}`, () => '"order_number":""');

const signatureOf = ({ secret }: Key, fact: string): string =>
  createHmac('sha256', secret)
    .update(JSON.stringify(['fact', fact]))
    .digest('hex');

const equal = (given: string, right: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
};

const hashOf = ({ id, secret }: Key, previous: string | undefined, orderNumber: string, entry: ChainEntry): string => {
  const first = entry.version === 1;
  const content = [
    previous ?? null,
    id,
    entry.order_id,
    entry.version,
    first ? null : orderNumber,
    entry.type,
    first ? withoutNumber(entry.data, orderNumber) : entry.data,
    entry.personal_digest,
    entry.by_type,
    entry.by_id,
    entry.channel,
    entry.command_id,
    entry.traceparent,
    entry.at,
    entry.sealed_at,
  ];
  return createHmac('sha256', secret).update(JSON.stringify(content)).digest('hex');
};

/** A time as the chain covers it: in microseconds, as Postgres keeps it. */
export const chainTime = (at: string): string => new Date(at).toISOString().replace('Z', '000Z');

/** The digest of a personal part under its own salt. */
export const personalDigest = (salt: string, personal: string): string =>
  createHmac('sha256', salt).update(personal).digest('hex');

/** Salts and digests the personal part of a new entry. */
export const sealPersonal = (personal: string | null): PersonalSeal => {
  if (personal === null) return { personal_salt: null, personal_digest: null };
  const salt = randomBytes(16).toString('hex');
  return { personal_salt: salt, personal_digest: personalDigest(salt, personal) };
};

/**
 * @param secret ORDER_SECRET: new hashes are made with a key derived from it
 * @param oldSecrets ORDER_OLD_SECRETS: hashes made under these still verify
 */
export const createChain = (secret: string, oldSecrets: readonly string[] = []): Chain => {
  const current = keyOf(secret);
  const keys = new Map([current, ...oldSecrets.map(keyOf)].map((key) => [key.id, key]));
  return {
    link: (previous, orderNumber, entry) => ({
      hash: hashOf(current, previous, orderNumber, entry),
      hash_key: current.id,
    }),
    matches: (previous, orderNumber, entry, { hash, hash_key }) => {
      const key = keys.get(hash_key);
      return key !== undefined && equal(hash, hashOf(key, previous, orderNumber, entry));
    },
    sign: (fact) => ({ hash: signatureOf(current, fact), hash_key: current.id }),
    isSigned: (fact, { hash, hash_key }) => {
      const key = keys.get(hash_key);
      return key !== undefined && equal(hash, signatureOf(key, fact));
    },
  };
};
