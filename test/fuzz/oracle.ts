import assert from 'node:assert/strict';
import { expect } from '@jest/globals';
import type { z } from 'zod';
import { answerSchemas } from '../../api/openapi/components.js';
import type {
  HeaderObject,
  MediaTypeObject,
  OpenApiDocument,
  Reference,
  ResponseObject,
  SchemaObject,
} from '../../api/openapi/types.js';
import type { RawAnswer, RawRequest } from './http.js';

const schemas: Readonly<Record<string, z.ZodType>> = answerSchemas;

const cut = (text: string): string => (text.length > 600 ? `${text.slice(0, 600)}… (${text.length} characters)` : text);

/** A request in a few lines, to be sent again by hand. */
export const describeRequest = ({ method, path, headers, body }: RawRequest): string =>
  [
    `${method} ${cut(path)}`,
    ...headers.map(([name, value]) => `  ${name}: ${name === 'Authorization' ? value.slice(0, 12) : cut(value)}`),
    ...(body === undefined ? [] : [`  body ${JSON.stringify(cut(body.toString('latin1')))}`]),
  ].join('\n');

const nameIn = (ref: string): string => ref.split('/').at(-1) ?? ref;

const checkSchema = (schema: SchemaObject, value: unknown): void => {
  for (const part of schema.allOf ?? [schema]) {
    if (typeof part === 'boolean') continue;
    if (part.$ref !== undefined) {
      const name = nameIn(part.$ref);
      const known = schemas[name];
      assert.ok(known, `no schema of that name: ${name}`);
      const read = known.safeParse(value);
      assert.ok(read.success, `not a ${name}: ${read.error?.message}`);
    }
    const codes = (part.properties?.['code'] as SchemaObject | undefined)?.enum;
    if (codes !== undefined)
      // a code not documented
      expect(codes).toContain((value as { code?: string }).code ?? '');
  }
};

const checkBody = (content: Readonly<Record<string, MediaTypeObject>>, { headers, text, status }: RawAnswer): void => {
  const type = headers['content-type']?.split(';')[0] ?? 'none';
  const media = content[type];
  assert.ok(media, `the content type ${type} is not documented`);
  if (!/[/+]json$/.test(type)) return;
  const value: unknown = JSON.parse(text);
  checkSchema(media.schema, value);
  if (type !== 'application/problem+json') return;
  const { status: told, code, type: uri } = value as Readonly<Record<string, unknown>>;
  expect(told).toBe(status);
  expect(uri).toBe(`/problems/${String(code)}`);
};

const checkHeaders = (
  named: Readonly<Record<string, Reference>>,
  known: Readonly<Record<string, HeaderObject>>,
  { headers }: RawAnswer,
): void => {
  for (const [name, { $ref }] of Object.entries(named))
    if (known[nameIn($ref)]?.required === true)
      assert.ok(headers[name.toLowerCase()] !== undefined, `the header ${name} is missing`);
};

/** Holds an answer against what is documented for it. */
export const checkAnswer = (
  answer: RawAnswer,
  responses: Readonly<Record<string, ResponseObject | Reference>>,
  { components }: OpenApiDocument,
): void => {
  assert.ok(answer.status < 500, `${answer.status} ${cut(answer.text)}`);
  const listed = responses[answer.status];
  assert.ok(listed, `${answer.status} is not documented: ${cut(answer.text)}`);
  const response = '$ref' in listed ? components.responses[nameIn(listed.$ref)] : listed;
  assert.ok(response);
  checkHeaders(response.headers ?? {}, components.headers, answer);
  if (response.content === undefined) expect(answer.text).toBe('');
  else checkBody(response.content, answer);
};
