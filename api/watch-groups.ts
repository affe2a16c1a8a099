import type { Member } from './change-follower.js';
import { type Candidate, concerns, matcherOf, type OrderFilter } from './matching.js';

/** Watches with the same filter, which is asked once for all of them. */
interface Group {
  readonly key: string;
  readonly customerId: string | undefined;
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

/** Those that name a customer are found by the customer, so that a change asks none of the other customers' watches. */
export const createWatchGroups = (): WatchGroups => {
  const all = new Map<string, Group>();
  const byCustomer = new Map<string | undefined, Set<Group>>();

  const open = (key: string, filter: OrderFilter): Group => {
    const customerId = filter.customer_id ?? undefined;
    const group: Group = { key, customerId, matches: matcherOf(filter), members: new Set() };
    all.set(key, group);
    byCustomer.set(customerId, (byCustomer.get(customerId) ?? new Set()).add(group));
    return group;
  };

  const close = (group: Group): void => {
    all.delete(group.key);
    const siblings = byCustomer.get(group.customerId);
    siblings?.delete(group);
    if (siblings?.size === 0) byCustomer.delete(group.customerId);
  };

  return {
    add: (filter, member) => {
      const key = keyOf(filter);
      (all.get(key) ?? open(key, filter)).members.add(member);
    },
    remove: (filter, member) => {
      const group = all.get(keyOf(filter));
      group?.members.delete(member);
      if (group?.members.size === 0) close(group);
    },
    isEmpty: () => all.size === 0,
    members: () => [...all.values()].flatMap(({ members }) => [...members]),
    concernedBy: (seen) => {
      // An order changes its customer when a guest's orders go to an account.
      const customers = new Set([undefined, seen.before?.order.customer_id, seen.after.order.customer_id]);
      const asked = [...customers].flatMap((customer) => [...(byCustomer.get(customer) ?? [])]);
      return asked.filter(({ matches }) => concerns(matches, seen)).flatMap(({ members }) => [...members]);
    },
  };
};
