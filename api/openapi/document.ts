import type { Caller } from '../../actors/rules/order-parts.js';
import { mayCall } from '../caller.js';
import type { ErrorCode } from '../errors.js';
import { answerSchemas, type QueryName, querySchemas, requestSchemas } from './components.js';
import { exampleOf, schemaRef, toComponents, toJsonSchema } from './json-schemas.js';
import type { Answer, HeaderName, OperationSpec } from '../table/operation.js';
import { publicOperations } from '../table/public.js';
import { operationTable } from '../table/table.js';
import { headers, parameters } from './parts.js';
import { headerRef, problemResponse, problemsByStatus } from './problems.js';
import type { OpenApiDocument, OperationObject, ParameterObject, Reference, ResponseObject } from './types.js';

/** The contract's version: that of package.json, which a test checks. */
const version = '2.0.0';

const about = `Every order of the shop after checkout: created, moved, changed, cancelled, returned, with its whole history.

* Bodies are JSON in snake_case, at most 1 MiB. Times are RFC 3339 in UTC. Amounts are decimal strings, never floats.
* Problems are \`application/problem+json\` (RFC 9457); their \`type\` leads to a page that explains them. A path that exists answers
  a method it does not have with 405 and \`Allow\`. What is not HTTP at all is answered 400, 408, 417 or 431 without a body.
* Changes take \`Idempotency-Key\` (safe to send again) and \`If-Match\` (only this version).
* Customers and guests may send 20 requests a second by default; services and staff are not counted.`;

const tags = [
  { name: 'Orders', description: 'Create, read, list.' },
  { name: 'Changes', description: 'Move, edit, cancel. All take `Idempotency-Key` and `If-Match`.' },
  { name: 'Histories', description: 'What happened, completely.' },
  { name: 'Desk', description: 'What support does with orders.' },
  {
    name: 'Staff',
    description: 'The effects ledger and the dead letters. Every action needs a reason, kept with its object.',
  },
  {
    name: 'Analytics',
    description: 'Figures over all orders, by the time of their creation (UTC). Exports as CSV are for admin.',
  },
  { name: 'Health', description: 'For monitors and orchestrators. No token.' },
  { name: 'Documentation', description: 'This document and the problem pages. No token.' },
] as const satisfies readonly { name: OperationSpec['tag']; description: string }[];

const callerTypes = ['service', 'staff', 'admin', 'customer', 'guest'] as const satisfies readonly Caller['type'][];

/** Problems that any call with a token may get. */
const everywhere = [
  'validation_failed',
  'unauthenticated',
  'forbidden',
  'payload_too_large',
  'unsupported_media_type',
  'rate_limited',
  'internal',
  'unavailable',
] as const satisfies readonly ErrorCode[];

const problemsOf = ({ call, problems = [] }: OperationSpec): readonly ErrorCode[] =>
  call === undefined ? problems : [...everywhere, ...problems];

const queryParameters = (name: QueryName): readonly ParameterObject[] => {
  const { properties = {}, required = [] } = toJsonSchema(querySchemas[name]);
  return Object.entries(properties).map(([field, property]) => {
    const { description = '', ...schema } = typeof property === 'boolean' ? {} : property;
    return { name: field, in: 'query', required: required.includes(field), description, schema };
  });
};

const headersOf = ({ call, path }: OperationSpec, { headers: own = [] }: Answer): Record<string, Reference> => {
  const counted: readonly HeaderName[] = call === undefined ? [] : ['RateLimit', 'RateLimit-Policy'];
  const traced: readonly HeaderName[] = call !== undefined || path.includes('/health') ? ['X-Trace-Id'] : [];
  return Object.fromEntries([...own, ...counted, ...traced].map((name) => [name, headerRef(name)]));
};

const answerOf = (spec: OperationSpec, answer: Answer): ResponseObject => {
  const { description, schema, mediaTypes = schema === undefined ? [] : ['application/json'] } = answer;
  const contentOf = (type: string) => {
    if (type !== 'application/json') return { schema: { type: 'string' } as const };
    return { schema: schema === undefined ? ({ type: 'object' } as const) : schemaRef(schema) };
  };
  return {
    description,
    headers: headersOf(spec, answer),
    ...(mediaTypes.length === 0
      ? {}
      : { content: Object.fromEntries(mediaTypes.map((type) => [type, contentOf(type)])) }),
  };
};

const operationOf = (spec: OperationSpec, requests: ReturnType<typeof requestSchemas>): OperationObject => {
  const { id, tag, summary, description, call, rpc, parameters: named = [], query, body } = spec;
  const answers = Object.entries(spec.answers).map(([status, answer]) => [status, answerOf(spec, answer)] as const);
  const problems = problemsByStatus(problemsOf(spec)).map(
    ({ status, name }) => [String(status), { $ref: `#/components/responses/${name}` }] as const,
  );
  const example = body === undefined ? undefined : exampleOf(requests[body]);
  const examples = example === undefined ? {} : { examples: { example: { value: example } } };
  return {
    operationId: id,
    summary,
    description,
    tags: [tag],
    parameters: [
      ...named.map((name) => ({ $ref: `#/components/parameters/${name}` })),
      ...(query === undefined ? [] : queryParameters(query)),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: spec.bodyOptional !== true,
            content: { 'application/json': { schema: schemaRef(body), ...examples } },
          },
        }),
    responses: {
      ...(spec.method === 'get' ? { 304: { $ref: '#/components/responses/NotModified' } } : {}),
      ...Object.fromEntries(answers),
      ...Object.fromEntries(problems),
    },
    security: call === undefined ? [] : [{ bearer: [] }],
    ...(rpc === undefined ? {} : { 'x-grpc-method': rpc.path.slice(1) }),
    ...(call === undefined ? {} : { 'x-callers': callerTypes.filter((type) => mayCall({ type, id: '' }, call)) }),
  };
};

const responseComponents = (specs: readonly OperationSpec[]): Readonly<Record<string, ResponseObject>> => {
  // Not to be seen at any operation: OpenAPI has no place for what is not there.
  const ofPaths = problemsByStatus(['method_not_allowed', 'not_found']);
  const sets = [...ofPaths, ...specs.flatMap((spec) => problemsByStatus(problemsOf(spec)))];
  const notModified = { description: 'Only to `If-None-Match: *`: there is what was asked for.' };
  return {
    NotModified: notModified,
    ...Object.fromEntries(sets.map(({ name, codes }) => [name, problemResponse(codes)])),
  };
};

/**
 * The OpenAPI document of the REST gateway, made from the schemas that requests are read by.
 *
 * @param defaultCountry of addresses that name none (configuration)
 */
export const openApiDocument = (defaultCountry: string): OpenApiDocument => {
  const specs: readonly OperationSpec[] = [...operationTable, ...publicOperations];
  const requests = requestSchemas(defaultCountry);
  const paths: Record<string, OpenApiDocument['paths'][string]> = {};
  for (const spec of specs) paths[spec.path] = { ...paths[spec.path], [spec.method]: operationOf(spec, requests) };
  return {
    openapi: '3.1.1',
    info: {
      title: 'Order Service',
      version,
      summary: 'Orders after checkout, each one a Dapr virtual actor.',
      description: about,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'Where this document came from.' }],
    tags,
    paths,
    components: {
      schemas: toComponents(requests, answerSchemas),
      headers,
      parameters,
      responses: responseComponents(specs),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'A token of the issuer, or the token of one order that a guest got with it.',
        },
      },
    },
  };
};
