import { idempotencyKey } from '../schemas/requests.js';
import { toJsonSchema } from './json-schemas.js';
import type { HeaderName, ParameterName } from '../table/operation.js';
import type { HeaderObject, ParameterObject, SchemaObject } from './types.js';

const text = { type: 'string' } as const;
const versionTags: SchemaObject = { type: 'string', examples: ['"3"', '"3", "4"', '*'] };

/** Headers of answers. Those that are required, every answer that names them has. */
export const headers: Readonly<Record<HeaderName, HeaderObject>> = {
  ETag: {
    description: 'The version, in quotes: pass it as `If-Match` with a change, as `If-None-Match` with a read.',
    required: true,
    schema: text,
  },
  Location: { description: 'Path of the order.', required: true, schema: { type: 'string', format: 'uri-reference' } },
  'Idempotent-Replayed': {
    description: 'Present where this key had done its work before, and nothing was done now.',
    schema: { type: 'string', enum: ['true'] },
  },
  'Retry-After': {
    description: 'Seconds after which trying again makes sense.',
    required: true,
    schema: { type: 'integer', minimum: 1 },
  },
  RateLimit: {
    description:
      'Where the caller stands: `r` requests left in the next `t` seconds. Only for callers that are counted.',
    schema: { ...text, examples: ['"caller";r=19;t=1'] },
  },
  'RateLimit-Policy': {
    description: 'The limit: `q` requests in `w` seconds. Only for callers that are counted.',
    schema: { ...text, examples: ['"caller";q=20;w=1'] },
  },
  'X-Trace-Id': { description: 'The trace of this request; support asks for it.', schema: text },
  Allow: { description: 'Methods that do something here.', required: true, schema: text },
  'WWW-Authenticate': { description: 'How to authenticate.', required: true, schema: text },
  'Cache-Control': { description: 'How long it may be kept.', required: true, schema: text },
  'Search-As-Of': {
    description: 'Only with `q`: every change before this moment was searched.',
    schema: { type: 'string', format: 'date-time' },
  },
  'Content-Disposition': { description: 'Of exports: the name of the file.', schema: text },
};

const uuid = { type: 'string', format: 'uuid' } as const;
const orderNumber = { type: 'string', pattern: '^ORD-\\d{8}-\\d{6,}$' } as const;

/** Inputs beside body and query. */
export const parameters: Readonly<Record<ParameterName, ParameterObject>> = {
  OrderRef: {
    ...{ name: 'id', in: 'path', required: true },
    description: 'Id of the order, or its number.',
    schema: { anyOf: [uuid, orderNumber] },
  },
  OrderId: {
    ...{ name: 'id', in: 'path', required: true },
    description: 'Id of the order, or its number.',
    schema: { anyOf: [uuid, orderNumber] },
  },
  EffectKey: {
    ...{ name: 'key', in: 'path', required: true },
    description: 'Key of the effect, `<order id>:<version>:<operation>:<n>`.',
    schema: text,
  },
  DeadLetterId: { name: 'letter', in: 'path', required: true, description: 'Id of the dead letter.', schema: uuid },
  ProblemCode: {
    ...{ name: 'code', in: 'path', required: true },
    description: 'Code of a problem.',
    schema: { type: 'string', pattern: '^[a-z_]+$' },
  },
  'Idempotency-Key': {
    ...{ name: 'Idempotency-Key', in: 'header', required: false },
    description:
      'Makes it safe to send a request again: the same caller, key and request does nothing and answers the order as it is ' +
      'now. Kept for ever; a refusal is not kept.',
    schema: toJsonSchema(idempotencyKey),
  },
  'If-Match': {
    ...{ name: 'If-Match', in: 'header', required: false },
    description:
      'The version that the change is meant for, or a list of them; 412 when the order has another. `*` is any, a weak tag is none.',
    schema: versionTags,
  },
  dry_run: {
    ...{ name: 'dry_run', in: 'query', required: false },
    description:
      '`true`: only returns what the call would do. The same checks and problems; nothing is written, and no key is used up. ' +
      'A key that was used before answers as it would without.',
    schema: { type: 'boolean', default: false },
  },
  'If-None-Match': {
    ...{ name: 'If-None-Match', in: 'header', required: false },
    description: 'The `ETag` that the client has; 304 when it is still good.',
    schema: text,
  },
  'Last-Event-ID': {
    name: 'Last-Event-ID',
    in: 'header',
    required: false,
    description: 'The `id` of the message that the client has seen last; the stream goes on after it.',
    schema: text,
  },
};
