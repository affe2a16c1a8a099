import type { Link, PersonalSeal } from './chain.js';
import type { Channel } from './command-envelope.js';
import type { Effect } from './rules/effects.js';
import type { GivenUp } from './rules/decision.js';
import type { Entry } from './rules/entries.js';
import type { Caller } from './rules/order-parts.js';
import type { Order, OrderState, WaitingEvent } from './rules/order.js';
import { toStored } from './rules/stored-entry.js';
import type { NewOrder } from './rules/commands.js';

/** Who did it, how, and under which command: the same for all that one command writes. */
export interface Authorship {
  readonly caller: Caller;
  readonly channel: Channel;
  readonly commandId: string;
  readonly requestHash: string;
  /** The command id is a caller's idempotency key, which stands for one call in all, on whatever order. */
  readonly isCallerKey: boolean;
  readonly traceparent?: string | undefined;
  readonly at: string;
}

interface Texts {
  readonly data: string;
  readonly personal: string | null;
}

/** Entries never change, and their texts are needed twice: for the chain and for the row. */
const known = new WeakMap<Entry, Texts>();

const textsOf = (entry: Entry): Texts => {
  const before = known.get(entry);
  if (before !== undefined) return before;
  const { data, personal } = toStored(entry);
  const texts = { data: JSON.stringify(data), personal: personal === null ? null : JSON.stringify(personal) };
  known.set(entry, texts);
  return texts;
};

/** The data of an entry as its row holds it. */
export const dataText = (entry: Entry): string => textsOf(entry).data;

/** The personal part of an entry as its row holds it. */
export const personalText = (entry: Entry): string | null => textsOf(entry).personal;

/** An entry with its version and all that it sets going. */
export interface NumberedEntry {
  readonly version: number;
  readonly entry: Entry;
  readonly effects: readonly Effect[];
  /** Its place in the hash chain; absent where the entry before has none. */
  readonly link: Link | undefined;
  readonly seal: PersonalSeal;
}

/** A new order. `order.order_number` holds a placeholder, replaced everywhere by the number the statement draws. */
export interface Creation extends Authorship {
  readonly order: Order;
  readonly entry: NumberedEntry;
}

/** A change of an order, fenced by the version it was decided on. */
export interface Change extends Authorship {
  readonly orderId: string;
  readonly expectedVersion: number;
  readonly state: OrderState;
  readonly entries: readonly NumberedEntry[];
  /** Quantities or metadata of lines changed, so the lines are written too. */
  readonly itemsChanged: boolean;
  readonly released: readonly WaitingEvent[];
  readonly givenUp: readonly GivenUp[];
  /** Keys of refused effects to be tried again. */
  readonly requeued: readonly string[];
  /** The change withdraws the effects of this version and later ones that were deferred; undefined: none. */
  readonly withdrawnFrom: number | undefined;
  /** The change erases what is personal of all entries before it, and everywhere else. */
  readonly erases: boolean;
}

/** What storage knows of an order's version and of one command. */
export interface Memory {
  /** Undefined: there is no such order. */
  readonly version: number | undefined;
  /** Hash of the request that this command id stood for, if it was taken: on this order or, for a caller's key, on another. */
  readonly requestHash: string | undefined;
}

/** Where orders are kept, as their actor needs it. Every method is one statement; all throw only for infrastructure. */
export interface OrderStore {
  /** The order's state, folded from its journal. */
  load(orderId: string): Promise<OrderState | undefined>;
  recall(orderId: string, commandId: string): Promise<Memory>;
  /** The customer who has verified this email, in whatever case. */
  verifiedCustomer(email: string): Promise<string | undefined>;
  /** Stores a new order, or tells which order the same creation key has made. */
  create(creation: Creation): Promise<Order | { readonly takenBy: string; readonly requestHash: string }>;
  /** Which order a creation key has made, if any. */
  findCreation(commandId: string): Promise<{ readonly takenBy: string; readonly requestHash: string } | undefined>;
  /**
   * `overtaken`: the version is no longer the expected one. `repeated`: the command was taken before. `claimed`: what was to be
   * withdrawn is under way, or what was to be erased is not settled. Nothing is written then.
   */
  commit(change: Change): Promise<'stored' | 'overtaken' | 'repeated' | 'claimed'>;
  /** Whether all effects of this version and later ones that were deferred still wait. */
  isWithdrawable(orderId: string, fromVersion: number): Promise<boolean>;
  /** Remembers a command that changed nothing. */
  remember(orderId: string, version: number, authorship: Authorship): Promise<'stored' | 'repeated'>;
  /** Keeps an event that came early, if the order still is at this version. */
  keep(orderId: string, version: number, event: WaitingEvent): Promise<'stored' | 'overtaken'>;
}

/** A new order with its customer: a guest with the verified email of a customer is that customer. */
export const ownedOrder = async (order: NewOrder, store: Pick<OrderStore, 'verifiedCustomer'>): Promise<NewOrder> => {
  if (order.customer_id !== undefined || order.guest_email === undefined) return order;
  const customer_id = await store.verifiedCustomer(order.guest_email);
  return customer_id === undefined ? order : { ...order, customer_id };
};
