import { BinaryReader } from '@bufbuild/protobuf/wire';

/** A value of OTLP as JavaScript has it. */
export type OtlpValue = string | number | boolean | Uint8Array | readonly OtlpValue[] | OtlpAttributes | undefined;

/** Attributes by name. */
export interface OtlpAttributes {
  readonly [name: string]: OtlpValue;
}

type Read<T> = (reader: BinaryReader) => T;
type Message = Record<string, unknown>;

const hex: Read<string> = (reader) => Buffer.from(reader.bytes()).toString('hex');
const text: Read<string> = (reader) => reader.string();
const whole: Read<number> = (reader) => reader.int32();

/**
 * Reads a message by its table of fields: number, name, how the value is read; `name[]` where it is repeated. Numbers and
 * names are those of opentelemetry-proto 1.x; what is not in the table is passed over.
 */
const message =
  (fields: Readonly<Record<number, readonly [string, Read<unknown>]>>): Read<Message> =>
  (reader) => {
    const end = reader.uint32() + reader.pos;
    const result: Message = {};
    while (reader.pos < end) {
      const [number, wireType] = reader.tag();
      const field = fields[number];
      if (field === undefined) {
        reader.skip(wireType, number);
        continue;
      }
      const [name, read] = field;
      const repeated = name.endsWith('[]') ? name.slice(0, -2) : undefined;
      if (repeated === undefined) result[name] = read(reader);
      else ((result[repeated] ??= []) as unknown[]).push(read(reader));
    }
    return result;
  };

interface KeyValue {
  readonly key?: string;
  readonly value?: OtlpValue;
}

const toAttributes = (pairs: readonly KeyValue[] = []): OtlpAttributes =>
  Object.fromEntries(pairs.map(({ key = '', value }) => [key, value]));

/** `AnyValue`: one of its fields is set, or none. */
const value: Read<OtlpValue> = (reader) => {
  const found = message({
    1: ['it', text],
    2: ['it', (inner) => inner.bool()],
    3: ['it', (inner) => Number(inner.int64())],
    4: ['it', (inner) => inner.double()],
    5: ['it', (inner) => message({ 1: ['values[]', value] })(inner)['values'] ?? []],
    6: ['it', (inner) => toAttributes(message({ 1: ['values[]', pair] })(inner)['values'] as KeyValue[])],
    7: ['it', (inner) => inner.bytes()],
  })(reader);
  return found['it'] as OtlpValue;
};

const pair: Read<Message> = (reader) => message({ 1: ['key', text], 2: ['value', value] })(reader);

const span = message({
  1: ['traceId', hex],
  2: ['spanId', hex],
  4: ['parentSpanId', hex],
  5: ['name', text],
  6: ['kind', whole],
  9: ['attributes[]', pair],
  11: ['events[]', message({ 2: ['name', text], 3: ['attributes[]', pair] })],
  13: ['links[]', message({ 1: ['traceId', hex], 2: ['spanId', hex], 4: ['attributes[]', pair] })],
  15: ['status', message({ 2: ['message', text], 3: ['code', whole] })],
});

const resourceSpans = message({
  1: ['resource', message({ 1: ['attributes[]', pair] })],
  2: ['scopes[]', message({ 1: ['scope', message({ 1: ['name', text] })], 2: ['spans[]', span] })],
});

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

/** A span as it left its process. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Absent for the first of a trace. */
  readonly parentId: string | undefined;
  readonly name: string;
  readonly kind: (typeof kinds)[number];
  /** `service.name` of its process. */
  readonly service: string;
  /** What made it: `dapr-diagnostics` for sidecars. */
  readonly scope: string;
  readonly attributes: OtlpAttributes;
  readonly resource: OtlpAttributes;
  readonly events: readonly { readonly name: string; readonly attributes: OtlpAttributes }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly failed: boolean;
}

interface RawSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly kind?: number;
  readonly attributes?: readonly KeyValue[];
  readonly events?: readonly { readonly name: string; readonly attributes?: readonly KeyValue[] }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number };
}

interface RawResource {
  readonly resource?: { readonly attributes?: readonly KeyValue[] };
  readonly scopes?: readonly { readonly scope?: { readonly name?: string }; readonly spans?: readonly RawSpan[] }[];
}

const toSpan = (raw: RawSpan, scope: string, resource: OtlpAttributes): CollectedSpan => ({
  traceId: raw.traceId,
  spanId: raw.spanId,
  parentId: raw.parentSpanId === undefined || raw.parentSpanId === '' ? undefined : raw.parentSpanId,
  name: raw.name ?? '',
  kind: kinds[raw.kind ?? 0] ?? 'unspecified',
  service: resource['service.name'] as string,
  scope,
  attributes: toAttributes(raw.attributes),
  resource,
  events: (raw.events ?? []).map(({ name, attributes }) => ({ name, attributes: toAttributes(attributes) })),
  links: (raw.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
  failed: raw.status?.code === 2,
});

/** The spans of an `ExportTraceServiceRequest`. @throws when the bytes are none */
export const readSpans = (body: Uint8Array): readonly CollectedSpan[] => {
  const reader = new BinaryReader(body);
  const found: CollectedSpan[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number !== 1) {
      reader.skip(wireType, number);
      continue;
    }
    const { resource, scopes = [] } = resourceSpans(reader) as RawResource;
    const about = toAttributes(resource?.attributes);
    for (const { scope, spans = [] } of scopes)
      for (const raw of spans) found.push(toSpan(raw, scope?.name ?? '', about));
  }
  return found;
};
