import type { Member } from './change-follower.js';
import { type Candidate, concerns, matcherOf, type OrderFilter, partsOfQuery } from './matching.js';

/** Watches with the same filter, which is asked once for all of them. */
interface Group {
  readonly matches: ReturnType<typeof matcherOf>;
  readonly members: Set<Member>;
}

/** An order before and after a change. */
interface Seen {
  readonly before: Candidate | undefined;
  readonly after: Candidate;
}

/** The watches of this replica by what they watch. */
export interface WatchGroups {
  add(filter: OrderFilter, member: Member): void;
  remove(filter: OrderFilter, member: Member): void;
  isEmpty(): boolean;
  /** All watches. */
  members(): readonly Member[];
  /** Those whom a change concerns. */
  concernedBy(seen: Seen): readonly Member[];
}

const keyOf = (filter: OrderFilter): string =>
  JSON.stringify(Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Groups by a text that orders must have. */
const createShelf = () => {
  const groups = new Map<string, Set<Group>>();
  return {
    groups,
    add: (text: string, group: Group): void => {
      groups.set(text, (groups.get(text) ?? new Set()).add(group));
    },
    remove: (text: string, group: Group): void => {
      const siblings = groups.get(text);
      siblings?.delete(group);
      if (siblings?.size === 0) groups.delete(text);
    },
  };
};

/**
 * A change asks only the watches that it may concern: those that name a customer are found by the customer, others that
 * search by the beginning that a word of the order must have.
 */
export const createWatchGroups = (): WatchGroups => {
  const all = new Map<string, Group>();
  const byCustomer = createShelf();
  const byBeginning = createShelf();
  const others = createShelf();

  const placeOf = ({ customer_id, q }: OrderFilter) => {
    if (typeof customer_id === 'string') return { shelf: byCustomer, text: customer_id };
    if (typeof q === 'string') return { shelf: byBeginning, text: partsOfQuery(q).beginning };
    return { shelf: others, text: '' };
  };

  const open = (key: string, filter: OrderFilter): Group => {
    const group: Group = { matches: matcherOf(filter), members: new Set() };
    all.set(key, group);
    const { shelf, text } = placeOf(filter);
    shelf.add(text, group);
    return group;
  };

  const close = (key: string, filter: OrderFilter, group: Group): void => {
    all.delete(key);
    const { shelf, text } = placeOf(filter);
    shelf.remove(text, group);
  };

  /** The beginnings of the order's words that watches search for. */
  const beginningsIn = (candidates: readonly Candidate[]): ReadonlySet<string> => {
    const searched = byBeginning.groups;
    if (searched.size === 0) return new Set();
    const lengths = [...new Set([...searched.keys()].map(({ length }) => length))];
    const words = new Set(candidates.flatMap(({ words: wordsOf }) => wordsOf()));
    const beginnings = [...words].flatMap((word) => lengths.map((length) => word.slice(0, length)));
    return new Set(beginnings.filter((beginning) => searched.has(beginning)));
  };

  return {
    add: (filter, member) => {
      const key = keyOf(filter);
      (all.get(key) ?? open(key, filter)).members.add(member);
    },
    remove: (filter, member) => {
      const key = keyOf(filter);
      const group = all.get(key);
      group?.members.delete(member);
      if (group?.members.size === 0) close(key, filter, group);
    },
    isEmpty: () => all.size === 0,
    members: () => [...all.values()].flatMap(({ members }) => [...members]),
    concernedBy: (seen) => {
      const candidates = seen.before === undefined ? [seen.after] : [seen.before, seen.after];
      // An order changes its customer when a guest's orders go to an account.
      const customers = new Set(candidates.flatMap(({ order }) => order.customer_id ?? []));
      const asked = [
        ...[...customers].map((customer) => byCustomer.groups.get(customer)),
        ...[...beginningsIn(candidates)].map((beginning) => byBeginning.groups.get(beginning)),
        others.groups.get(''),
      ].flatMap((groups) => [...(groups ?? [])]);
      return asked.filter(({ matches }) => concerns(matches, seen)).flatMap(({ members }) => [...members]);
    },
  };
};
