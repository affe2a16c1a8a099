import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { OpenApiDocument, OperationObject } from '../../api/openapi/types.js';
import { spoiled } from './hostile.js';
import { valuesOf } from './json-schema.js';
import { addingUp } from './orders.js';

/** A body and the headers that speak of it. */
export interface Body {
  readonly bytes: Buffer | undefined;
  readonly headers: readonly (readonly [string, string])[];
}

const json = (value: unknown): string => JSON.stringify(value);
const asJson: Body['headers'] = [['Content-Type', 'application/json']];
const plain = (text: string, headers = asJson): Body => ({ bytes: Buffer.from(text), headers });

/** Ways to break a text that was JSON. */
const breakages: readonly ((text: string) => Body)[] = [
  (text) => plain(text.slice(0, Math.floor(text.length / 2))),
  (text) => plain(`${text}]`),
  (text) => plain(`\ufeff${text}`),
  (text) => plain(`${text.slice(0, -1)},}`),
  (text) => plain(text.replace('{', '{"reason":1,"reason":"twice",')),
  (text) => plain(text.replace(/:("[^"]*"|\d+)/, ':1e400')),
  (text) => plain(text.replace(/:("[^"]*"|\d+)/, ':-0')),
  (text) => plain(text.replace(/:("[^"]*"|\d+)/, ':NaN')),
  (text) => plain(text.replace(/:("[^"]*"|\d+)/, `:${'9'.repeat(500)}`)),
  (text) => plain(text.replace(/:("[^"]*"|\d+)/, ':"\\ud800"')),
  (text) => plain(text.replace(/:("[^"]*"|\d+)/, ':"\\x00"')),
  (text) => ({ bytes: Buffer.from(text.replace(/:"[^"]*"/, ':"\u00ff\u00fe"'), 'latin1'), headers: asJson }),
  (text) => ({ bytes: Buffer.from(text, 'utf16le'), headers: asJson }),
  (text) => ({ bytes: Buffer.from(text, 'utf16le'), headers: [['Content-Type', 'application/json; charset=utf-16']] }),
  (text) => plain(text, [['Content-Type', 'application/json; charset=klingon']]),
  (text) => ({ bytes: gzipSync(text), headers: [...asJson, ['Content-Encoding', 'gzip']] }),
  (text) => ({ bytes: deflateSync(text), headers: [...asJson, ['Content-Encoding', 'deflate']] }),
  (text) => plain(text, [...asJson, ['Content-Encoding', 'gzip']]),
  (text) => plain(text, [...asJson, ['Content-Encoding', 'rot13']]),
  () => ({ bytes: gzipSync(Buffer.alloc(30_000_000, ' ')), headers: [...asJson, ['Content-Encoding', 'gzip']] }),
  () => plain('[['.repeat(100_000)),
  () => plain('{"metadata":'.repeat(50_000)),
  () => plain(`{"notes":"${'x'.repeat(1_048_576)}"}`),
  () => plain(''),
  () => plain(' \n\t'),
  () => plain('"'),
  () => ({ bytes: Buffer.from([0xff, 0xfe, 0x00, 0xd8]), headers: asJson }),
  (text) => plain(text, []),
  (text) => plain(text, [['Content-Type', 'text/plain']]),
  (text) => plain(text, [['Content-Type', 'application/x-www-form-urlencoded']]),
  (text) => plain(text, [['Content-Type', 'multipart/form-data; boundary=x']]),
  (text) => plain(text, [['Content-Type', 'application/merge-patch+json']]),
  (text) => plain(text, [['Content-Type', ';;;']]),
  (text) => plain(text, [...asJson, ['Content-Type', 'application/xml']]),
];

/** Bodies for an operation: some that work, more that nearly work, some that are nothing of the kind. */
export const bodiesOf = (operation: OperationObject, document: OpenApiDocument): fc.Arbitrary<Body> => {
  const media = operation.requestBody?.content['application/json'];
  if (media === undefined)
    return fc.oneof(
      { weight: 9, arbitrary: fc.constant<Body>({ bytes: undefined, headers: [] }) },
      { weight: 1, arbitrary: fc.constantFrom('{}', '[', '"x"').map((text) => plain(text)) },
      { weight: 1, arbitrary: fc.constantFrom(...breakages).map((breakage) => breakage('{"a":1}')) },
    );
  const generated = valuesOf(media.schema, document);
  const example = fc.constant(media.examples?.['example']?.value);
  const good = fc.oneof(example, operation.operationId === 'createOrder' ? addingUp(generated) : generated);
  return fc.oneof(
    { weight: 6, arbitrary: good.map((value) => plain(json(value))) },
    { weight: 1, arbitrary: generated.map((value) => plain(json(value))) },
    { weight: 4, arbitrary: spoiled(good).map((value) => plain(json(value))) },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constantFrom(...breakages), good).map(([breakage, value]) => breakage(json(value))),
    },
  );
};
