import { inside, same } from './edit.js';
import type { Json, JsonObject, Order } from './order.js';

/** One leaf in which two versions of an order differ: JSON before and after, null where there was or is nothing. */
export interface OrderChange {
  /** The path of the edit history, such as `shipping_address.city` or `items.2.cancelled_quantity`. */
  readonly path: string;
  readonly old: Json;
  readonly new: Json;
}

/** The lists of an order whose members are compared one by one, each under its id. Every other list is one value. */
const idOf: Readonly<Record<string, string>> = {
  items: 'id',
  payments: 'payment_id',
  returns: 'return_id',
  deadlines: 'what',
};

/** Lists whose members have no id of their own: each is compared under its position. */
const positioned: ReadonlySet<string> = new Set(['shipments']);

/** They change with every version. */
const bookkeeping: ReadonlySet<string> = new Set(['version', 'updated_at']);

const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !isArray(value);

const hasFields = (value: Json | undefined): value is JsonObject => isObject(value) && Object.keys(value).length > 0;

const without = (value: JsonObject, key: string): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));

/** A list as an object: its members under their ids or positions. */
const byId = (name: string, list: readonly Json[]): JsonObject => {
  const id = idOf[name];
  return Object.fromEntries(
    list.map((member, position): [string, Json] => {
      if (id === undefined || !isObject(member)) return [String(position), member];
      const key = member[id];
      return typeof key === 'string' ? [key, without(member, id)] : [String(position), member];
    }),
  );
};

/** A field of the order, ready to be compared. */
const field = (name: string, value: Json | undefined): Json | undefined => {
  if (value === undefined) return undefined;
  return isArray(value) && (name in idOf || positioned.has(name)) ? byId(name, value) : value;
};

const namesIn = (...values: readonly (Json | undefined)[]): readonly string[] => [
  ...new Set(values.flatMap((value) => (isObject(value) ? Object.keys(value) : []))),
];

/** A field of the value's own: metadata may have keys such as `constructor`, which every object inherits. */
const ownField = (value: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(value, name) ? value[name] : undefined;

/** What a value says by itself, apart from its fields. */
const ownValue = (value: Json | undefined): Json => (value === undefined || isObject(value) ? null : value);

/**
 * The leaves below a path that differ. A list is a leaf. So is an empty object, unless the other side has fields there:
 * then those say everything.
 */
const differences = (path: string, before: Json | undefined, after: Json | undefined): readonly OrderChange[] => {
  if (same(before, after)) return [];
  if (!hasFields(before) && !hasFields(after)) return [{ path, old: before ?? null, new: after ?? null }];
  const own = { path, old: ownValue(before), new: ownValue(after) };
  const [old, now] = [isObject(before) ? before : {}, isObject(after) ? after : {}];
  return [
    ...(own.old === null && own.new === null ? [] : [own]),
    ...namesIn(old, now).flatMap((name) => differences(inside(path, name), ownField(old, name), ownField(now, name))),
  ];
};

/**
 * All that differs between two versions of an order, leaf by leaf, in the order of the document; `version` and `updated_at`
 * are left out.
 *
 * @param before undefined: there was no order yet, and every field of `after` is a change
 */
export const changesBetween = (before: Order | undefined, after: Order): readonly OrderChange[] => {
  // What is undefined is not in the document.
  const [old, now] = [before ?? {}, after].map((order) => JSON.parse(JSON.stringify(order)) as JsonObject);
  return namesIn(now, old)
    .filter((name) => !bookkeeping.has(name))
    .flatMap((name) => differences(name, field(name, old?.[name]), field(name, now?.[name])));
};
