import fc from 'fast-check';

/** An object so deep, of objects and arrays in turn. */
const nested = (depth: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? { a: value } : [value];
  return value;
};

/** Texts that have broken other services: for fields, paths, queries and headers alike. */
export const hostileTexts = [
  ...['', ' ', '\u0000', 'a\u0000b', '\ud800', 'x\udfff', '\u202eabc', '\ufeff', '💥'.repeat(300), 'ﷺ'.repeat(300)],
  ...["'; drop table orders; --", '" or 1=1 --', '1) union select null--', '\\', '$1', '%', '_', 'ORD-%', "ORD-'"],
  ...['${7*7}', '{{7*7}}', '<script>alert(1)</script>', '../../../../etc/passwd', '%00', '%2e%2e%2f', '\r\nX-Evil: 1'],
  ...['null', 'undefined', 'NaN', 'Infinity', '-0', '1e400', '0x10', '１２', '1,5', '+1', '9'.repeat(400), '.5', '1.'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'A'.repeat(70_000), 'ORD-\u0000', 'ORD-\ud800'],
  ...['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59', '2024-02-30T00:00:00Z', '2024-01-01', 'now()', 'epoch'],
] as const;

const oddValues: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e21,
    2 ** 31,
    2 ** 53,
    Number.MIN_VALUE,
    -1e308,
    [],
    {},
    [[]],
    [null],
    { $gt: '' },
  ],
  ...[nested(33), nested(200), Array.from({ length: 501 }, () => ({})), { length: 1e9 }, { toJSON: 1 }],
  JSON.parse('{"__proto__": {"isAdmin": true}, "constructor": {"prototype": {}}}'),
  Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`key${index}`, index])),
  { '\u0000': 1 },
  { '\ud800': { b: '\udc00' } },
];

/** Values that no field expects. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.constantFrom(...oddValues),
  fc.string({ unit: 'binary' }),
  fc.jsonValue(),
);

type Key = string | number;

const pathsIn = (value: unknown, at: readonly Key[] = []): readonly (readonly Key[])[] => {
  if (typeof value !== 'object' || value === null) return [at];
  const inner = Array.isArray(value) ? value.map((item, index) => [index, item] as const) : Object.entries(value);
  return [at, ...inner.flatMap(([key, item]) => pathsIn(item, [...at, key]))];
};

type Change = (container: Record<Key, unknown>, key: Key) => void;

/** A copy in which one place, not the root, was changed. */
const changed = (value: unknown, [first, ...rest]: readonly Key[], change: Change): unknown => {
  if (first === undefined) return value;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<Key, unknown>;
  if (rest.length === 0) change(copy, first);
  else copy[first] = changed(copy[first], rest, change);
  return copy;
};

const mutation = fc.record({
  kind: fc.constantFrom('replace', 'replace', 'replace', 'drop', 'add', 'root'),
  where: fc.nat(),
  value: hostileValue,
  name: fc.oneof(fc.constantFrom('__proto__', 'constructor', 'id', 'version', 'status', 'extra'), fc.string()),
});

/** The same values, each with one to three places that are wrong. */
export const spoiled = (values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.tuple(values, fc.array(mutation, { minLength: 1, maxLength: 3 })).map(([start, mutations]) =>
    mutations.reduce<unknown>((value, { kind, where, value: hostile, name }) => {
      const paths = pathsIn(value);
      const place = paths[where % paths.length] ?? [];
      if (kind === 'root' || place.length === 0) return hostile;
      return changed(value, place, (container, key) => {
        if (kind === 'replace') container[key] = hostile;
        else if (kind === 'drop') Reflect.deleteProperty(container, key);
        else if (Array.isArray(container)) container.push(hostile);
        else Object.defineProperty(container, name, { value: hostile, enumerable: true, configurable: true });
      });
    }, start),
  );
