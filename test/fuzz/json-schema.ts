import fc from 'fast-check';
import type { OpenApiDocument, SchemaObject } from '../../api/openapi/types.js';

const edgeTimes = [
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+23:59',
  '1969-12-31T23:59:59.999Z',
  '9999-12-31T23:59:59.999999999Z',
  '9999-12-31T23:59:59-23:59',
  '2024-02-29T12:00:00+05:30',
] as const;

const time = fc.oneof(
  fc.constantFrom(...edgeTimes),
  fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }).map((date) => date.toISOString()),
);

/** Codes of a list, of which the pattern says only the shape; and addresses that every check takes for one. */
const usual: Readonly<Record<string, readonly string[]>> = {
  '^[A-Z]{2}$': ['DE', 'US', 'GB', 'JP'],
  '^[A-Z]{3}$': ['USD', 'JPY', 'KWD'],
  email: ['ada@example.com', 'o.hara+tag@mail.example.co.uk'],
};

const usually = (name: string, arbitrary: fc.Arbitrary<string>): fc.Arbitrary<string> => {
  const known = usual[name];
  return known === undefined
    ? arbitrary
    : fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary });
};

const between = (low: number, high: number): fc.Arbitrary<number> =>
  fc.oneof(fc.constantFrom(low, high), fc.integer({ min: low, max: Math.min(high, low + 20) }));

const textOf = ({ format, pattern, minLength = 0, maxLength = 200 }: SchemaObject): fc.Arbitrary<string> => {
  if (format === 'uuid') return fc.uuid();
  if (format === 'email') return usually('email', fc.emailAddress());
  if (format === 'date-time') return time;
  if (pattern !== undefined) return usually(pattern, fc.stringMatching(new RegExp(pattern)));
  const short = fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 30), unit: 'grapheme' });
  return fc.oneof(
    { weight: 8, arbitrary: short },
    { weight: 1, arbitrary: fc.constant('x'.repeat(maxLength)) },
    { weight: 1, arbitrary: fc.constant('é'.repeat(maxLength)) },
  );
};

/** Values that a schema of the document allows, as far as JSON Schema can say. */
export const valuesOf = (schema: SchemaObject | boolean, document: OpenApiDocument): fc.Arbitrary<unknown> => {
  if (typeof schema === 'boolean') return fc.jsonValue();
  const { $ref: ref } = schema;
  if (ref !== undefined) {
    const target = document.components.schemas[ref.split('/').at(-1) ?? ''];
    if (target === undefined) throw new Error(`the document has no ${ref}`);
    return valuesOf(target, document);
  }
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.const !== undefined) return fc.constant(schema.const);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => valuesOf(choice, document)));
  switch (schema.type) {
    case 'string':
      return textOf(schema);
    case 'integer':
    case 'number':
      return between(schema.minimum ?? 0, schema.maximum ?? Number.MAX_SAFE_INTEGER);
    case 'boolean':
      return fc.boolean();
    case 'array': {
      const items = Array.isArray(schema.items) ? true : (schema.items ?? true);
      const minLength = schema.minItems ?? 0;
      return fc.array(valuesOf(items, document), { minLength, maxLength: minLength + 3 });
    }
    case 'object': {
      if (schema.properties === undefined) {
        const plain = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean(), fc.constant(null));
        return fc.dictionary(fc.string(), fc.oneof(plain, fc.array(plain), fc.dictionary(fc.string(), plain)), {
          maxKeys: 4,
        });
      }
      const fields = Object.entries(schema.properties).map(
        ([name, field]) => [name, valuesOf(field, document)] as const,
      );
      return fc.record(Object.fromEntries(fields), { requiredKeys: schema.required ?? [] });
    }
    default:
      return fc.jsonValue();
  }
};
