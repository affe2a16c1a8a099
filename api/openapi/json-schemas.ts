import { z } from 'zod';
import type { SchemaObject } from './types.js';

/** Where a named schema stands in the document. */
export const schemaRef = (name: string): { readonly $ref: string } => ({ $ref: `#/components/schemas/${name}` });

/** How schemas are converted. Formats say enough: the long patterns that zod adds to them are left out. */
const conversion = (io: 'input' | 'output') =>
  ({
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // What a preprocessed value is by default, zod leaves out.
      const { def } = zodSchema._zod;
      if (io === 'input' && def.type === 'default') jsonSchema.default ??= def.defaultValue;
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
      // Clients are to ignore fields that they do not know, so that answers may grow.
      if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  }) as const satisfies z.core.ToJSONSchemaParams;

/** What a client sends, as JSON Schema. */
export const toJsonSchema = (schema: z.ZodType): SchemaObject => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, conversion('input'));
  return json;
};

/** A request that works as it stands, from the schema's `meta`. */
export const exampleOf = (schema: z.ZodType): unknown => {
  const examples = schema.meta()?.['examples'];
  return Array.isArray(examples) ? examples[0] : undefined;
};

/**
 * All named schemas as components: where one contains another, it refers to it. The words are those of the schemas' `meta`.
 *
 * @param requests as clients send them, with defaults; their examples stand at the operations
 * @param answers as they are answered
 */
export const toComponents = (
  requests: Readonly<Record<string, z.ZodType>>,
  answers: Readonly<Record<string, z.ZodType>>,
): Readonly<Record<string, SchemaObject>> => {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries({ ...requests, ...answers })) registry.add(schema, { id });
  const made = (io: 'input' | 'output', named: object): (readonly [string, SchemaObject])[] => {
    const { schemas } = z.toJSONSchema(registry, { ...conversion(io), uri: (id) => schemaRef(id).$ref });
    return Object.keys(named).map((name) => {
      const { $schema: _, $id: __, examples: ___, ...schema } = schemas[name] ?? {};
      return [name, schema];
    });
  };
  return Object.fromEntries([...made('input', requests), ...made('output', answers)]);
};
