import { z } from 'zod';
import { metadata } from '../schemas/text.js';
import { fieldNotes } from './field-notes.js';
import type { SchemaObject } from './types.js';

/** A zod schema that gets a name in the document. `input`: what a client sends, with defaults; else what it is answered. */
export interface NamedSchema {
  readonly schema: z.ZodType;
  readonly io: 'input' | 'output';
}

/** Where a named schema stands in the document. */
export const schemaRef = (name: string): { readonly $ref: string } => ({ $ref: `#/components/schemas/${name}` });

/** Any JSON object; its depth and characters are checked by code, which JSON Schema cannot say. */
const anyObject = { type: 'object', additionalProperties: true } as const;

/** What `refine` checks, and so is not in the schema by itself: the nearest that JSON Schema can say, by property name. */
const nearest: Readonly<Record<string, SchemaObject>> = {
  currency: { pattern: '^[A-Z]{3}$' },
  country: { pattern: '^[A-Z]{2}$' },
};

const isObject = (value: unknown): value is SchemaObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy in which every schema below, but not this one itself, is what `change` makes of it. */
const mapBelow = (schema: SchemaObject, change: (below: SchemaObject, name?: string) => SchemaObject): SchemaObject => {
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, value]) => [name, isObject(value) ? change(value, name) : value] as const,
  );
  const changed = (choices: NonNullable<SchemaObject['anyOf']>): NonNullable<SchemaObject['anyOf']> =>
    choices.map((choice) => (isObject(choice) ? change(choice) : choice));
  return {
    ...schema,
    ...(schema.anyOf === undefined ? {} : { anyOf: changed(schema.anyOf) }),
    ...(schema.oneOf === undefined ? {} : { oneOf: changed(schema.oneOf) }),
    ...(schema.properties === undefined ? {} : { properties: Object.fromEntries(properties) }),
    ...(isObject(schema.items) ? { items: change(schema.items) } : {}),
  };
};

/** One zod schema as JSON Schema. Formats say enough: the long patterns that zod adds to them are left out. */
export const toJsonSchema = ({ schema, io }: NamedSchema): SchemaObject => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // What a preprocessed value is by default, zod leaves out.
      const { def } = zodSchema._zod;
      if (io === 'input' && def.type === 'default') jsonSchema.default ??= def.defaultValue;
      if (zodSchema === metadata) Object.assign(jsonSchema, anyObject);
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
      // Clients are to ignore fields that they do not know, so that answers may grow.
      if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return json;
};

const folded = (schema: SchemaObject, names: ReadonlyMap<string, string>): SchemaObject =>
  mapBelow(schema, (below) => {
    const name = names.get(JSON.stringify(below));
    return name === undefined ? folded(below, names) : schemaRef(name);
  });

const annotated = (schema: SchemaObject, owner: string): SchemaObject =>
  mapBelow(schema, (below, name) => {
    const note = name === undefined ? undefined : (fieldNotes[`${owner}.${name}`] ?? fieldNotes[name]);
    return {
      ...annotated(below, owner),
      ...(name !== undefined && below.type === 'string' && below.pattern === undefined ? nearest[name] : {}),
      ...(note === undefined ? {} : { description: note }),
    };
  });

/**
 * All named schemas as components. Where one contains another, it refers to it; every field says what it means.
 *
 * @param named in any order; no two of them the same
 */
export const toComponents = <Name extends string>(
  named: Readonly<Record<Name, NamedSchema>>,
): Readonly<Record<Name, SchemaObject>> => {
  const plain = Object.entries<NamedSchema>(named).map(([name, schema]) => [name, toJsonSchema(schema)] as const);
  const names = new Map(plain.map(([name, schema]) => [JSON.stringify(schema), name]));
  const components = plain.map(([name, schema]) => {
    const description = fieldNotes[name];
    const about = description === undefined ? {} : { description };
    return [name, { ...about, ...annotated(folded(schema, names), name) }] as const;
  });
  return Object.fromEntries(components) as unknown as Record<Name, SchemaObject>;
};
