import { type ErrorCode, errorTable } from '../errors.js';
import { schemaRef } from './json-schemas.js';
import type { HeaderName } from '../table/operation.js';
import { problemHelp } from './problem-help.js';
import type { Reference, ResponseObject } from './types.js';

/** Where a named header stands in the document. */
export const headerRef = (name: HeaderName): Reference => ({ $ref: `#/components/headers/${name}` });

/** The media type of problems. */
const problemType = 'application/problem+json';

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
    summary: problemHelp[code].meaning,
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
  description: codes.map((code) => `\`${code}\`: ${problemHelp[code].meaning}`).join(' '),
  headers: Object.fromEntries(headersOf(codes).map((name) => [name, headerRef(name)])),
  content: {
    [problemType]: {
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
  const known = (Object.keys(errorTable) as ErrorCode[]).filter((code) => codes.includes(code));
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of known) byStatus.set(errorTable[code].http, [...(byStatus.get(errorTable[code].http) ?? []), code]);
  return [...byStatus].map(([status, same]) => ({ status, name: nameOf(same), codes: same }));
};
