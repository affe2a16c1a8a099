import type { Chain } from '../actors/chain.js';
import { verifyJournal, type Verification } from '../actors/journal-audit.js';
import type { Journal, TimelineEntry } from '../actors/journal.js';
import type { OrderReads } from '../actors/order-reads.js';
import { changesBetween, type OrderChange } from '../actors/rules/changes.js';
import type { Order } from '../actors/rules/order.js';
import { type Call, roleRefusal } from './caller.js';
import type { CallContext } from './commands.js';
import { fail, noSuchVersion, ok, type Problem, type Result } from './errors.js';
import { findOrder, orderIdOf } from './find-order.js';
import { type Page, toPage } from './page.js';
import { readHistoryToken } from './page-token.js';
import { seenBy } from './redaction.js';
import { diffQuery } from './schemas/audit.js';
import { invalid, read } from './schemas/faults.js';
import { historyQuery, watchOrdersQuery } from './schemas/requests.js';
import { readChangePosition } from './change-position.js';
import type { OpenWatches } from './open-watches.js';
import { createWatch, type Watch } from './watch.js';
import type { OpenWatchAll, WatchAll } from './watch-all.js';
import type { WatchHub } from './watch-hub.js';
import type { VisibleOrder } from './visible-order.js';

/** The version that a caller has seen last, as it was sent, and the name of the input that says so. */
export interface SeenLast {
  readonly version: string;
  readonly path: string;
}

/** What looks back on an order and proves its journal. */
export interface AuditOperations {
  getOrderDiff(id: string, input: unknown, context: CallContext): Promise<Result<readonly OrderChange[]>>;
  listOrderEntries(id: string, input: unknown, context: CallContext): Promise<Result<Page<TimelineEntry>>>;
  /** @param seen the version that the caller has seen last; undefined: none */
  watchOrder(id: string, seen: SeenLast | undefined, context: CallContext): Promise<Result<Watch>>;
  /** @param lastEventId the id that the caller has seen last; undefined: what happens from now on */
  watchOrders(input: unknown, lastEventId: string | undefined, context: CallContext): Promise<Result<WatchAll>>;
  verifyOrder(id: string, context: CallContext): Promise<Result<Verification>>;
}

/** What they need. */
export interface AuditDeps {
  readonly reads: Pick<OrderReads, 'byId' | 'byNumber' | 'pastTwo' | 'following'>;
  readonly visibleOrder: VisibleOrder;
  readonly journal: Journal;
  readonly chain: Chain;
  readonly hub: WatchHub;
  readonly openWatches: OpenWatches;
  readonly openWatchAll: OpenWatchAll;
  readonly now: () => Date;
}

const orderNotFound: Problem = { code: 'order_not_found' };

const refusal = ({ caller }: CallContext, call: Call): Problem | undefined => roleRefusal(caller, call);

/** The version that a watch goes on after. */
const versionSeen = ({ version: text, path }: SeenLast, present: number): Result<number> => {
  const version = /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
  return version !== undefined && version <= present
    ? ok(version)
    : invalid([{ path, message: 'must be a version of the order' }]);
};

const noSuchPlace = invalid([{ path: 'Last-Event-ID', message: 'must be the id of a message of this stream' }]);

/** Time travel and audit, for every gateway. */
export const createAuditOperations = ({
  reads,
  visibleOrder,
  journal,
  chain,
  hub,
  openWatches,
  openWatchAll,
  now,
}: AuditDeps): AuditOperations => {
  return {
    getOrderDiff: async (id, input, context) => {
      const refused = refusal(context, 'history');
      if (refused !== undefined) return fail(refused);
      const query = read(diffQuery, input);
      if (!query.ok) return query;
      const present = await visibleOrder(id, context);
      if (!present.ok) return present;
      const { from, to } = query.value;
      const versions = await reads.pastTwo(present.value.id, [from, to]);
      const [before, after] = versions.map((version) =>
        version === undefined ? undefined : (JSON.parse(seenBy(context.caller, version).document) as Order),
      );
      if (before === undefined || after === undefined) return fail(noSuchVersion);
      return ok(changesBetween(before, after));
    },

    listOrderEntries: async (id, input, context) => {
      const refused = refusal(context, 'staff');
      if (refused !== undefined) return fail(refused);
      const query = read(historyQuery, input);
      if (!query.ok) return query;
      const { page_size, page_token } = query.value;
      const order = await findOrder(reads, id, context.caller);
      if (order === undefined) return fail(orderNotFound);
      const after = page_token === undefined ? 0 : (readHistoryToken(page_token)?.version ?? 0);
      const entries = await journal.entries(order.id, after, page_size + 1);
      const placed = entries.map((entry) => ({ at: { version: entry.version, position: 0 }, entry }));
      return ok(toPage(placed, page_size, (entry) => JSON.stringify(entry)));
    },

    watchOrder: async (id, seen, context) => {
      const refused = refusal(context, 'get');
      if (refused !== undefined) return fail(refused);
      const present = await visibleOrder(id, context);
      if (!present.ok) return present;
      const { id: orderId, version } = present.value;
      const after = seen === undefined ? ok(version) : versionSeen(seen, version);
      if (!after.ok) return after;
      const { caller, tokenEndsAt } = context;
      const first = seen === undefined ? present.value : undefined;
      const opened = openWatches.open(caller);
      if (typeof opened !== 'function') return fail(opened);
      const about = { caller, tokenEndsAt, orderId, after: after.value, first, onEnd: opened };
      return ok(createWatch({ reads, hub, now }, about));
    },

    watchOrders: async (input, lastEventId, context) => {
      const refused = refusal(context, 'staff');
      if (refused !== undefined) return fail(refused);
      const filter = read(watchOrdersQuery, input);
      if (!filter.ok) return filter;
      const from = lastEventId === undefined ? undefined : readChangePosition(lastEventId);
      if (lastEventId !== undefined && from === undefined) return noSuchPlace;
      const { tokenEndsAt } = context;
      const endsInMs = tokenEndsAt === undefined ? undefined : tokenEndsAt - now().getTime();
      const watch = await openWatchAll({ filter: filter.value, from, endsInMs });
      return watch === undefined ? noSuchPlace : ok(watch);
    },

    verifyOrder: async (id, context) => {
      const refused = refusal(context, 'staff');
      if (refused !== undefined) return fail(refused);
      // Even where only its journal is left.
      const orderId = await orderIdOf(reads, id, context.caller);
      if (orderId === undefined) return fail(orderNotFound);
      const audited = await journal.audited(orderId);
      const unknown = audited.stored === undefined && audited.journal.length === 0;
      return unknown ? fail(orderNotFound) : ok(verifyJournal(chain, audited));
    },
  };
};
