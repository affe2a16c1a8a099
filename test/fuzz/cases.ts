import fc from 'fast-check';
import type { Method, OpenApiDocument, OperationObject, ParameterObject } from '../../api/openapi/types.js';
import { type Body, bodiesOf } from './bodies.js';
import { hostileTexts } from './hostile.js';
import type { RawRequest } from './http.js';
import { valuesOf } from './json-schema.js';
import { type CallerKind, callerKinds, type World } from './world.js';

/** One documented operation. */
export interface Target {
  readonly path: string;
  readonly method: Method;
  readonly operation: OperationObject;
}

/** A request in the making: what depends on the world is filled in when it is sent. */
export interface Case {
  readonly caller: CallerKind;
  readonly which: number;
  readonly replica: number;
  readonly path: readonly (readonly [name: string, value: string])[];
  readonly query: readonly string[];
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Body;
}

/** Stand for what exists. */
const known: Readonly<Record<'order' | 'number' | 'effect' | 'letter', string>> = {
  order: '<order>',
  number: '<number>',
  effect: '<effect>',
  letter: '<letter>',
};

/** Of a text, what may stand in an encoded URL: halves of surrogate pairs have no encoding. */
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

const crafted = [
  { created_at: '0000-01-01T00:00:00Z', id: '00000000-0000-0000-0000-000000000000' },
  { created_at: '9999-12-31T23:59:59.999999Z', id: '00000000-0000-7000-8000-000000000000' },
  { received_at: '0000-01-01T00:00:00Z', id: '00000000-0000-7000-8000-000000000000' },
  { received_at: '2026-01-01T00:00:00Z', id: '00000000-0000-7000-8000-000000000000' },
  { rank: 0, queued_at: '0000-01-01T00:00:00Z', key: '\u0000' },
  { rank: 2_147_483_647, queued_at: '2026-01-01T00:00:00Z', key: '' },
  { version: 2_147_483_647, position: 2_147_483_647 },
  { version: 0, position: 0 },
  { version: -1, position: 1e99 },
].map((position) => Buffer.from(JSON.stringify(position)).toString('base64url'));

const rawPathTexts = ['%00', '%E0%A4%A', '%', '%ff', '..', '.', '%2e%2e%2f', 'ORD-%00', 'ORD-%F0%9F%92%A5', '%F0%9F'];

const pathValues = ({ name, schema }: ParameterObject, document: OpenApiDocument): fc.Arbitrary<string> => {
  const existing = {
    id: schema.anyOf === undefined ? [known.order] : [known.order, known.number],
    key: [known.effect],
    letter: [known.letter],
  }[name];
  const hostile = fc.constantFrom(...hostileTexts.filter((text) => text !== '' && text.length < 8_000));
  return fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...(existing ?? ['order_busy', 'internal'])) },
    { weight: 2, arbitrary: valuesOf(schema, document).map((value) => encoded(String(value))) },
    { weight: 2, arbitrary: hostile.map(encoded) },
    { weight: 1, arbitrary: fc.constantFrom(...rawPathTexts) },
  );
};

const queryOf = ({ name, schema }: ParameterObject, document: OpenApiDocument): fc.Arbitrary<readonly string[]> => {
  const good = valuesOf(schema, document).map((value) => (Array.isArray(value) ? value : [value]).map(String));
  const hostile = fc.constantFrom(...hostileTexts.filter((text) => text.length < 4_000)).map((text) => [text]);
  const values = fc.oneof(
    { weight: 5, arbitrary: good },
    { weight: 2, arbitrary: hostile },
    ...(name === 'page_token' ? [{ weight: 20, arbitrary: fc.constantFrom(...crafted).map((token) => [token]) }] : []),
    { weight: 1, arbitrary: fc.tuple(good, good).map((both) => both.flat()) },
  );
  return values.map((all) => all.map((value) => `${encoded(name)}=${encoded(value)}`));
};

const strayQueries = [
  '__proto__=1',
  'page_size[]=1',
  'page_size[$gt]=1',
  '=',
  '&&',
  '%00=1',
  'extra=1',
  '%E0%A4%A=1',
  'a=%ff',
];

const visible = fc.string({ minLength: 1, maxLength: 40 }).map((text) => text.replace(/[^\x21-\x7e]/g, '~'));

const strayHeaders: readonly (readonly [string, string])[] = [
  ...[
    ['If-Match', '"1"'],
    ['If-Match', '*'],
    ['If-Match', 'W/"1"'],
    ['If-Match', '1'],
    ['If-Match', '"99999999999"'],
  ],
  ...[
    ['If-Match', '"1", "2"'],
    ['If-Match', ''],
    ['If-None-Match', '*'],
    ['If-None-Match', '"'.repeat(3_000)],
  ],
  ...[
    ['Idempotency-Key', ''],
    ['Idempotency-Key', 'a b'],
    ['Idempotency-Key', 'k'.repeat(256)],
    ['Idempotency-Key', '\xff'],
  ],
  ...[
    ['Idempotency-Key', "'; drop table orders; --"],
    ['Idempotency-Key', '__proto__'],
    ['Idempotency-Key', 'fuzz-key-1'],
  ],
  ...[
    ['traceparent', '00-zz'],
    ['traceparent', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`],
    ['baggage', 'x'.repeat(4_000)],
  ],
  ...[
    ['Accept', 'text/html'],
    ['Accept', 'application/xml;q=nonsense'],
    ['Accept', '\xff'],
    ['Accept-Encoding', 'br, *;q=0'],
  ],
  ...[
    ['X-HTTP-Method-Override', 'DELETE'],
    ['X-Forwarded-For', "1'"],
    ['dapr-caller-app-id', 'checkout-service'],
  ],
  ...[
    ['Origin', 'null'],
    ['Origin', 'http://evil.example'],
    ['Cookie', 'x'.repeat(3_000)],
    ['Range', 'bytes=0-1'],
  ],
  ...[
    ['Upgrade', 'h2c'],
    ['If-Modified-Since', 'yesterday'],
    ['TE', 'trailers'],
  ],
].map(([name = '', value = '']) => [name, value] as const);

const headersOf = ({ name, schema }: ParameterObject, document: OpenApiDocument) =>
  fc.oneof(
    { weight: 24, arbitrary: fc.constant([]) },
    {
      weight: 2,
      arbitrary: fc.constantFrom('1', '2', '3').map((n) => [[name, name === 'If-Match' ? `"${n}"` : `fuzz-key-${n}`]]),
    },
    {
      weight: 2,
      arbitrary: valuesOf(schema, document).map((value) => [[name, String(value).replace(/[^\x20-\x7e]/g, '~')]]),
    },
    { weight: 1, arbitrary: visible.map((value) => [[name, value]]) },
    {
      weight: 1,
      arbitrary: fc.constant([
        [name, 'a'],
        [name, 'b'],
      ]),
    },
  ) as fc.Arbitrary<readonly (readonly [string, string])[]>;

/** Requests for an operation, from what it documents. */
export const casesOf = ({ operation }: Target, document: OpenApiDocument): fc.Arbitrary<Case> => {
  const parameters = operation.parameters.map((parameter) => {
    if (!('$ref' in parameter)) return parameter;
    const found = document.components.parameters[parameter.$ref.split('/').at(-1) ?? ''];
    if (found === undefined) throw new Error(`the document has no ${parameter.$ref}`);
    return found;
  });
  const of = (place: ParameterObject['in']) => parameters.filter((parameter) => parameter.in === place);
  const sometimes = <T>(values: fc.Arbitrary<T>, ...none: readonly T[]): fc.Arbitrary<T> =>
    fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...none) }, { weight: 1, arbitrary: values });
  const allowed = callerKinds.filter((kind) => operation['x-callers']?.includes(kind));
  const caller = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...(allowed.length === 0 ? callerKinds : allowed)) },
    { weight: 2, arbitrary: fc.constantFrom(...callerKinds) },
  );
  return fc.record({
    ...{ caller, which: fc.nat(1_000), replica: fc.nat(1) },
    path: fc.tuple(...of('path').map((one) => pathValues(one, document).map((value) => [one.name, value] as const))),
    query: fc
      .tuple(
        ...of('query').map((one) => sometimes(queryOf(one, document), [])),
        sometimes(
          fc.constantFrom(...strayQueries).map((stray) => [stray]),
          [],
        ),
      )
      .map((parts) => parts.flat()),
    headers: fc
      .tuple(
        ...of('header').map((one) => headersOf(one, document)),
        sometimes(
          fc.constantFrom(...strayHeaders).map((header) => [header]),
          [],
        ),
      )
      .map((parts) => parts.flat()),
    body: bodiesOf(operation, document),
  });
};

/** The request that a case is in this world. */
export const requestOf = ({ path, method }: Target, made: Case, world: World): RawRequest => {
  // Sometimes one that the fuzzer made itself, since those of the world are soon all cancelled.
  const turn = Math.floor(made.which / 3);
  const orders = made.which % 3 === 0 && world.made.length > 0 ? world.made : world.orders;
  const order = orders[turn % orders.length];
  const effect = turn % 2 === 0 ? 'notification.send' : 'event.publish';
  const real = new Map([
    [known.order, order?.id],
    [known.number, order?.order_number],
    [known.effect, `${order?.id}:1:${effect}:0`],
    [known.letter, world.letters[turn % world.letters.length]],
  ]);
  const filled = made.path.reduce(
    (text, [name, value]) => text.replace(`{${name}}`, () => real.get(value) ?? value),
    path,
  );
  const authorization = world.authorization(made.caller, turn);
  return {
    method: method.toUpperCase(),
    path: made.query.length === 0 ? filled : `${filled}?${made.query.join('&')}`,
    headers: [
      ...(authorization === undefined ? [] : ([['Authorization', authorization]] as const)),
      ...made.headers,
      ...made.body.headers,
    ],
    body: made.body.bytes,
  };
};
