import type { CallContext } from './commands.js';
import { ok, type Result } from './errors.js';
import { faultsOf, invalid } from './schemas/faults.js';
import { idempotencyKey } from './schemas/requests.js';

/** Looks up a header of a REST request or a metadata entry of a gRPC call; several of one name are joined by commas. */
export type HeaderOf = (name: string) => string | undefined;

/** The bearer token (RFC 6750), or undefined where there is none that reads as one. */
export const bearerTokenIn = (header: HeaderOf): string | undefined =>
  /^Bearer ([\w\-.~+/]+=*)$/i.exec(header('Authorization') ?? '')?.[1];

const ifVersionIn = (header: HeaderOf): Result<number | undefined> => {
  const text = header('If-Match');
  if (text === undefined || text.trim() === '*') return ok(undefined);
  const version = /^\s*"(0|[1-9]\d{0,8})"\s*$/.exec(text)?.[1];
  return version === undefined
    ? invalid([{ path: 'If-Match', message: 'must be the version in quotes, e.g. "3"' }])
    : ok(Number(version));
};

const keyIn = (header: HeaderOf): Result<string | undefined> => {
  const text = header('Idempotency-Key');
  if (text === undefined) return ok(undefined);
  const key = idempotencyKey.safeParse(text);
  return key.success
    ? ok(key.data)
    : invalid(faultsOf(key.error).map(({ message }) => ({ path: 'Idempotency-Key', message })));
};

/** What `Idempotency-Key` and `If-Match` ask for (SPEC section 1); `validation_failed` where they cannot be read. */
export const conditionsIn = (header: HeaderOf): Result<Pick<CallContext, 'idempotencyKey' | 'ifVersion'>> => {
  const ifVersion = ifVersionIn(header);
  const key = keyIn(header);
  if (ifVersion.ok && key.ok) return ok({ idempotencyKey: key.value, ifVersion: ifVersion.value });
  return invalid([ifVersion, key].flatMap((result) => (result.ok ? [] : (result.problem.errors ?? []))));
};
