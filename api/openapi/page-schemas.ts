import { type Html, html, inline } from './html.js';
import type { SchemaObject } from './types.js';

const nameIn = (ref: string): string => ref.split('/').at(-1) ?? ref;

const nested = (schema: SchemaObject | boolean | undefined): SchemaObject => (typeof schema === 'object' ? schema : {});

const joined = (parts: readonly Html[], by: string): Html => ({ html: parts.map(({ html: part }) => part).join(by) });

/** The type of a value in a few words, with links to named schemas. */
export const typeOf = (schema: SchemaObject): Html => {
  if (schema.$ref !== undefined) {
    const name = nameIn(schema.$ref);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.enum !== undefined)
    return joined(
      schema.enum.map((value) => html`<code>${String(value)}</code>`),
      ' | ',
    );
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined)
    return joined(
      choices.map((choice) => typeOf(nested(choice))),
      ' or ',
    );
  if (schema.const !== undefined) return html`<code>${String(schema.const)}</code>`;
  if (schema.type === 'array')
    return html`array of ${typeOf(nested(Array.isArray(schema.items) ? undefined : schema.items))}`;
  if (schema.type === 'object' && schema.properties !== undefined)
    return html`{ ${Object.keys(schema.properties).join(', ')} }`;
  return html`${schema.format ?? String(schema.type ?? 'any JSON')}`;
};

const range = (low: number | undefined, high: number | undefined, unit: string): readonly string[] => {
  if (low === undefined && high === undefined) return [];
  if (high === undefined) return [`at least ${low ?? 0}${unit}`];
  return [low === undefined ? `at most ${high}${unit}` : `${low} to ${high}${unit}`];
};

/** Limits and default of a value. */
export const limitsOf = (schema: SchemaObject): Html => {
  const limits = [
    ...range(schema.minLength, schema.maxLength, ' characters'),
    ...range(schema.minimum, schema.maximum, ''),
    ...range(schema.minItems, schema.maxItems, ' entries'),
    ...(schema.pattern === undefined ? [] : [`\`${schema.pattern}\``]),
    ...(schema.default === undefined ? [] : [`default \`${JSON.stringify(schema.default)}\``]),
  ];
  return limits.length === 0 ? html`` : html` <span class="dim">${inline(limits.join(', '))}</span>`;
};

const field = (name: string, schema: SchemaObject, required: boolean): Html =>
  html`<tr>
    <td><code>${name}</code> ${required ? html`<span class="must">required</span>` : undefined}</td>
    <td>${typeOf(schema)}${limitsOf(schema)}</td>
    <td>${inline(schema.description ?? '')}</td>
  </tr>`;

/** One named schema with its fields. */
export const schemaSection = (name: string, schema: SchemaObject): Html => {
  const fields = Object.entries(schema.properties ?? {});
  const required = new Set(schema.required);
  return html`<article id="schema-${name}">
    <h3>${name}</h3>
    <p>${inline(schema.description ?? '')}</p>
    ${
      fields.length === 0
        ? html`<p>${typeOf(schema)}</p>`
        : html`<div class="scroll">
            <table>
              <tr>
                <th>field</th>
                <th>type</th>
                <th>meaning</th>
              </tr>
              ${fields.map(([key, value]) => field(key, nested(value), required.has(key)))}
            </table>
          </div>`
    }
  </article>`;
};
