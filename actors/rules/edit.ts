import type { Context, EditedAddress, OrderCommand } from './commands.js';
import { accept, type Decision, refuse, stale } from './decision.js';
import type { Change } from './entries.js';
import type { Address, ItemMetadata, Json, JsonObject, OrderState } from './order.js';
import type { Fault } from './refusal.js';
import { beforeShipment } from './transitions.js';

type Leaves = ReadonlyMap<string, Json>;

const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);

const isObject = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !isArray(value);

/** A key with a dot or a bracket of its own is written so that it cannot be taken for two. */
export const inside = (path: string, key: string): string =>
  /[.[]/.test(key) ? `${path}[${JSON.stringify(key)}]` : `${path}.${key}`;

/** A value and its path, or the leaves of an object. An empty object is a leaf, unless all leaves are below it. */
const leavesOf = (path: string, value: Json): Leaves =>
  isObject(value) && Object.keys(value).length > 0 ? leavesBelow(path, value) : new Map([[path, value]]);

const leavesBelow = (path: string, value: JsonObject): Leaves =>
  new Map(Object.entries(value).flatMap(([key, inner]) => [...leavesOf(inside(path, key), inner)]));

/** Every value below a path that is not itself an object; arrays are values. */
const leaves = (path: string, value: Json | undefined): Leaves => {
  if (value === undefined) return new Map();
  return isObject(value) ? leavesBelow(path, value) : new Map([[path, value]]);
};

/** JSON equality that does not mind the order of an object's keys. */
export const same = (a: Json | undefined, b: Json | undefined): boolean => {
  if (a === undefined || b === undefined) return a === b;
  if (isArray(a) && isArray(b)) return a.length === b.length && a.every((value, i) => same(value, b[i]));
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
  }
  return a === b;
};

/** The leaves below a path that differ. */
export const changesBetween = (path: string, before: Json | undefined, after: Json | undefined): readonly Change[] => {
  const old = leaves(path, before);
  const now = leaves(path, after);
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((field) => !same(old.get(field), now.get(field)))
    .map((field) => ({ field, old_value: old.get(field) ?? null, new_value: now.get(field) ?? null }));
};

const asJson = (address: Address | undefined): Json | undefined =>
  address === undefined ? undefined : (JSON.parse(JSON.stringify(address)) as Json);

/** How often customer or guest may edit an order on one day (UTC): each edit stays in its journal for ever. */
export const mostOwnEdits = 100;

/** How many characters these edits may set altogether: whoever reads the order's history reads all of them. */
export const mostOwnCharacters = 100_000;

/** The length of all values that an edit sets. */
export const charactersSet = (changes: readonly Change[]): number =>
  changes.reduce((sum, { new_value }) => sum + (typeof new_value === 'string' ? new_value.length : 0), 0);

const dayMs = 86_400_000;

/** Refuses an edit of the owner's beyond the day's last one, or with more characters than are left of the day's. */
const tooManyEdits = ({ ownEdits }: OrderState, changes: readonly Change[], now: string): Decision | undefined => {
  const day = now.slice(0, 10);
  const { count, characters } = ownEdits?.day === day ? ownEdits : { count: 0, characters: 0 };
  const isTooLong = characters + charactersSet(changes) > mostOwnCharacters;
  if (count < mostOwnEdits && !isTooLong) return undefined;
  const tomorrow = Date.parse(day) + dayMs;
  return refuse({
    code: 'rate_limited',
    detail:
      count < mostOwnEdits
        ? `The edits of an order set at most ${mostOwnCharacters} characters a day.`
        : `At most ${mostOwnEdits} edits of an order a day.`,
    retryAfter: Math.ceil((tomorrow - Date.parse(now)) / 1_000),
  });
};

type Update = Extract<OrderCommand, { type: 'update' }>;

const unknownItems = ({ order }: OrderState, { items = [] }: Update): readonly Fault[] => {
  const known = new Set(order.items.map(({ id }) => id));
  return items.flatMap(({ item_id }, index) =>
    known.has(item_id) ? [] : [{ path: `items[${index}].item_id`, message: 'is not an item of this order' }],
  );
};

const metadataChange = ({ order }: OrderState, { item_id, metadata }: ItemMetadata): readonly Change[] =>
  changesBetween(`items.${item_id}.metadata`, order.items.find(({ id }) => id === item_id)?.metadata, metadata);

const changedItems = (state: OrderState, { items = [] }: Update): readonly ItemMetadata[] | undefined => {
  const changed = items.filter((item) => metadataChange(state, item).length > 0);
  return changed.length === 0 ? undefined : changed;
};

const refusalFor = (
  state: OrderState,
  update: Update,
  changes: readonly Change[],
  { caller, now }: Context,
): Decision | undefined => {
  const { status } = state.order;
  const ownOrder = caller.type === 'customer' || caller.type === 'guest';
  if (ownOrder && (update.metadata !== undefined || update.items !== undefined))
    return refuse({ code: 'forbidden', detail: 'Metadata is for staff and services.' });
  if (ownOrder && changes.length > 0 && status !== 'confirmed')
    return refuse({ code: 'order_not_editable', detail: `The order is already ${status}.` });
  const unknown = unknownItems(state, update);
  if (unknown.length > 0)
    return refuse({ code: 'validation_failed', detail: 'Items that this order does not have.', errors: unknown });
  const addresses = changes.some(({ field }) => /^(shipping|billing)_address\b/.test(field));
  if (addresses && !beforeShipment(status))
    return refuse({
      code: 'order_not_editable',
      detail: `Addresses change only until shipped; the order is ${status}.`,
    });
  return ownOrder && changes.length > 0 ? tooManyEdits(state, changes, now) : undefined;
};

/** A new address, in the country of the one it replaces unless it names its own. */
const inItsCountry = (
  address: EditedAddress | undefined,
  before: Address | undefined,
  { policy }: Context,
): Address | undefined =>
  address === undefined
    ? undefined
    : { ...address, country: address.country ?? before?.country ?? policy.defaultCountry };

/** UpdateOrder: a given address or metadata object replaces the old one whole; nothing different is no new version. */
export const decideUpdate = (state: OrderState, update: Update, context: Context): Decision => {
  const { order } = state;
  const { notes, metadata, reason } = update;
  const shipping_address = inItsCountry(update.shipping_address, order.shipping_address, context);
  const billing_address = inItsCountry(update.billing_address, order.billing_address, context);
  const changes = [
    ...(shipping_address === undefined
      ? []
      : changesBetween('shipping_address', asJson(order.shipping_address), asJson(shipping_address) ?? null)),
    ...(billing_address === undefined
      ? []
      : changesBetween('billing_address', asJson(order.billing_address), asJson(billing_address) ?? null)),
    // Empty notes are none.
    ...(notes === undefined ? [] : changesBetween('notes', order.notes ?? null, notes === '' ? null : notes)),
    ...(metadata === undefined ? [] : changesBetween('metadata', order.metadata, metadata)),
    ...(update.items ?? []).flatMap((item) => metadataChange(state, item)),
  ];
  const refused = refusalFor(state, update, changes, context);
  if (refused !== undefined) return refused;
  if (changes.length === 0) return accept();
  return accept({
    type: 'order.updated',
    data: { fields: changes.map(({ field }) => field), reason, metadata, items: changedItems(state, update) },
    personal: { changes, shipping_address, billing_address, notes },
  });
};

/** A guest order becomes a customer's when the same, verified, email signs up (docs/events.md). */
export const decideLinkCustomer = (
  state: OrderState,
  { customer_id, email }: Extract<OrderCommand, { type: 'link_customer' }>,
): Decision => {
  const { order } = state;
  if (order.customer_id !== undefined) return stale('the order has a customer');
  if (order.guest_email?.toLowerCase() !== email.toLowerCase()) return stale('the email is another');
  return accept({
    type: 'order.updated',
    data: { fields: ['customer_id'], customer_id },
    personal: { changes: [{ field: 'customer_id', old_value: null, new_value: customer_id }] },
  });
};
