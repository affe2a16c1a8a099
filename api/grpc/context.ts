import type { Deadline, Metadata } from '@grpc/grpc-js';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { CallContext } from '../commands.js';
import { ok, type Result, fail } from '../errors.js';
import { conditionsIn, dryRunIn, type HeaderOf, bearerTokenIn } from '../headers.js';
import { traceparentOf } from '../../observability/spans.js';
import type { Tokens } from '../tokens.js';

/** The longest time of a call: of one that is about one order, and of one that is about many. */
const longestMs = { one: 10_000, many: 50_000 } as const;

/** Whether a call is about one order or many. */
export type Extent = keyof typeof longestMs;

/** Metadata keys are lower case on the wire; binary entries are none of ours. */
export const headersOf =
  (metadata: Metadata): HeaderOf =>
  (name) => {
    const values = metadata.get(name).filter((value) => typeof value === 'string');
    return values.length === 0 ? undefined : values.join(', ');
  };

/** Milliseconds left for a call: what the client grants, within the longest time of such calls. */
export const timeLeft = (deadline: Deadline, now: number, extent: Extent): number =>
  Math.max(1, Math.min(longestMs[extent], Number(deadline) - now));

/**
 * Caller, metadata and deadline of one call.
 *
 * @param takes whether the call takes `dry-run`, and how many orders it is about
 */
export const callContext = (
  caller: Caller,
  metadata: HeaderOf,
  deadline: Deadline,
  { canDryRun, extent }: { readonly canDryRun: boolean; readonly extent: Extent },
): Result<CallContext> => {
  const conditions = conditionsIn(metadata);
  if (!conditions.ok) return conditions;
  const dryRun = dryRunIn('dry-run', metadata('dry-run'), canDryRun);
  if (!dryRun.ok) return dryRun;
  return ok({
    caller,
    channel: 'grpc',
    ...conditions.value,
    dryRun: dryRun.value,
    traceparent: traceparentOf(),
    deadlineMs: timeLeft(deadline, Date.now(), extent),
  });
};

const unauthenticated = fail({ code: 'unauthenticated', detail: 'A bearer token is required.' });

/** The caller by the bearer token in the call's metadata, as on the REST port. */
export const callerByToken = (tokens: Tokens, metadata: HeaderOf): Promise<Result<Caller>> => {
  const token = bearerTokenIn(metadata);
  return token === undefined ? Promise.resolve(unauthenticated) : tokens.callerOf(token);
};
