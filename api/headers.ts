import { decodeJwt } from 'jose';
import type { Caller } from '../actors/rules/order-parts.js';
import { traceparentOf } from '../observability/spans.js';
import type { CallContext } from './commands.js';
import { fail, ok, type Result } from './errors.js';
import { faultsOf, invalid } from './schemas/faults.js';
import { idempotencyKey } from './schemas/requests.js';
import type { Tokens } from './tokens.js';

/** Looks up a header of a REST request or a metadata entry of a gRPC call; several of one name are joined by commas. */
export type HeaderOf = (name: string) => string | undefined;

/** The bearer token (RFC 6750), or undefined where there is none that reads as one. */
export const bearerTokenIn = (header: HeaderOf): string | undefined =>
  /^Bearer ([\w\-.~+/]+=*)$/i.exec(header('Authorization') ?? '')?.[1];

const unauthenticated = fail({ code: 'unauthenticated', detail: 'A bearer token is required.' });

/** The caller by the bearer token of a call. */
export const callerByToken = (tokens: Tokens, header: HeaderOf): Promise<Result<Caller>> => {
  const token = bearerTokenIn(header);
  return token === undefined ? Promise.resolve(unauthenticated) : tokens.callerOf(token);
};

/** When the bearer token ends, which was verified before; milliseconds since 1970, undefined where it has no end. */
export const tokenEndIn = (header: HeaderOf): number | undefined => {
  const token = bearerTokenIn(header);
  const end = token === undefined ? undefined : decodeJwt(token).exp;
  return end === undefined ? undefined : end * 1_000;
};

const tag = '(?:W/)?"[\\x21\\x23-\\x7e\\x80-\\u00ff]*"';
const tagList = new RegExp(`^[ \\t]*(?:,[ \\t]*)*${tag}(?:[ \\t]*,(?:[ \\t]*${tag})?)*[ \\t]*$`);
const versionTag = /(?<=^|[ \t,])"([1-9]\d{0,8})"(?=$|[ \t,])/g;

/**
 * The versions that `If-Match` accepts (RFC 9110, section 13.1.1); undefined where any will do. The comparison is strong:
 * a weak tag matches none, nor does a tag that is not one of ours.
 */
const ifVersionsIn = (header: HeaderOf): Result<readonly number[] | undefined> => {
  const text = header('If-Match');
  if (text === undefined || text.trim() === '*') return ok(undefined);
  return tagList.test(text)
    ? ok([...text.matchAll(versionTag)].map(([, version]) => Number(version)))
    : invalid([{ path: 'If-Match', message: 'must be * or versions in quotes, e.g. "3"' }]);
};

const keyIn = (header: HeaderOf): Result<string | undefined> => {
  const text = header('Idempotency-Key');
  if (text === undefined) return ok(undefined);
  const key = idempotencyKey.safeParse(text);
  return key.success
    ? ok(key.data)
    : invalid(faultsOf(key.error).map(({ message }) => ({ path: 'Idempotency-Key', message })));
};

/**
 * Whether a call is a dry run; `validation_failed` where the call has none.
 *
 * @param path names the input: a query parameter of REST, metadata of gRPC
 * @param value as it was sent; undefined where it was not
 * @param supported whether the call changes orders and so can be tried
 */
export const dryRunIn = (path: string, value: unknown, supported: boolean): Result<boolean> => {
  if (value === undefined) return ok(false);
  if (!supported) return invalid([{ path, message: 'is not supported by this call' }]);
  if (value === 'true' || value === 'false') return ok(value === 'true');
  return invalid([{ path, message: 'must be true or false' }]);
};

/** What `Idempotency-Key` and `If-Match` ask for; `validation_failed` where they cannot be read. */
export const conditionsIn = (
  header: HeaderOf,
): Result<Pick<CallContext, 'idempotencyKey' | 'ifVersions' | 'hasIfMatch'>> => {
  const ifVersions = ifVersionsIn(header);
  const key = keyIn(header);
  const hasIfMatch = header('If-Match') !== undefined;
  if (ifVersions.ok && key.ok) return ok({ idempotencyKey: key.value, ifVersions: ifVersions.value, hasIfMatch });
  return invalid([ifVersions, key].flatMap((result) => (result.ok ? [] : (result.problem.errors ?? []))));
};

/**
 * What a call is made with.
 *
 * @param by who calls, how, and how long they wait
 * @param dryRun the input that asks for a dry run: its name, its value, and whether the call can be tried
 */
export const callContext = (
  header: HeaderOf,
  by: Pick<CallContext, 'caller' | 'channel' | 'deadlineMs'>,
  dryRun: { readonly path: string; readonly value: unknown; readonly supported: boolean },
): Result<CallContext> => {
  const conditions = conditionsIn(header);
  if (!conditions.ok) return conditions;
  const isDry = dryRunIn(dryRun.path, dryRun.value, dryRun.supported);
  if (!isDry.ok) return isDry;
  return ok({ ...by, ...conditions.value, dryRun: isDry.value, traceparent: traceparentOf() });
};
