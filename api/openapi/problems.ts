import { status as grpcStatus } from '@grpc/grpc-js';
import type { z } from 'zod';
import { type ErrorCode, errorTable } from '../errors.js';
import type { problemType } from '../schemas/responses.js';
import { schemaRef } from './json-schemas.js';
import type { HeaderName } from '../table/operation.js';
import type { Reference, ResponseObject } from './types.js';

/** Every code of the error table. */
export const errorCodes = Object.keys(errorTable) as readonly ErrorCode[];

/** What a code stands for, in full. */
export const problemTypeOf = (code: ErrorCode): z.output<typeof problemType> => {
  const { http, grpc, title, meaning, remedy } = errorTable[code];
  return {
    type: `/problems/${code}`,
    code,
    title,
    status: http,
    grpc_status: grpcStatus[grpc],
    meaning,
    remedy,
  };
};

/** What `GET /problems/<code>` answers; undefined for a code that is none. */
export const findProblemType = (name: string): z.output<typeof problemType> | undefined => {
  const code = errorCodes.find((known) => known === name);
  return code === undefined ? undefined : problemTypeOf(code);
};

/** Where a named header stands in the document. */
export const headerRef = (name: HeaderName): Reference => ({ $ref: `#/components/headers/${name}` });

/** The media type of problems. */
const mediaType = 'application/problem+json';

const headersOf = (codes: readonly ErrorCode[]): readonly HeaderName[] => [
  ...(codes.some((code) => ['rate_limited', 'order_busy', 'unavailable'].includes(code))
    ? (['Retry-After'] as const)
    : []),
  ...(codes.includes('method_not_allowed') ? (['Allow'] as const) : []),
  ...(codes.includes('unauthenticated') ? (['WWW-Authenticate'] as const) : []),
  'X-Trace-Id',
];

const example = (code: ErrorCode) => {
  const { http, title } = errorTable[code];
  const errors = [{ path: 'items[0].quantity', message: 'must be at least 1' }];
  return {
    summary: errorTable[code].meaning,
    value: {
      type: `/problems/${code}`,
      title,
      status: http,
      detail: code === 'validation_failed' ? 'One fault in the input.' : `${title}.`,
      code,
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      ...(code === 'validation_failed' ? { errors } : {}),
    },
  };
};

/** The answer for problems of one HTTP status. */
export const problemResponse = (codes: readonly ErrorCode[]): ResponseObject => ({
  description: codes.map((code) => `\`${code}\`: ${errorTable[code].meaning}`).join(' '),
  headers: Object.fromEntries(headersOf(codes).map((name) => [name, headerRef(name)])),
  content: {
    [mediaType]: {
      schema: { allOf: [schemaRef('Problem'), { type: 'object', properties: { code: { enum: [...codes] } } }] },
      examples: Object.fromEntries(codes.map((code) => [code, example(code)])),
    },
  },
});

const nameOf = (codes: readonly ErrorCode[]): string =>
  codes.map((code) => code.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())).join('Or');

/** Problems by status: each set of codes is a component that operations refer to. */
export const problemsByStatus = (
  codes: readonly ErrorCode[],
): readonly { readonly status: number; readonly name: string; readonly codes: readonly ErrorCode[] }[] => {
  // In the order of the table, so that the same set has one name.
  const known = errorCodes.filter((code) => codes.includes(code));
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of known) byStatus.set(errorTable[code].http, [...(byStatus.get(errorTable[code].http) ?? []), code]);
  return [...byStatus].map(([status, same]) => ({ status, name: nameOf(same), codes: same }));
};
