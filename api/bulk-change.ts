import type { BulkRequests } from '../actors/bulk-requests.js';
import type { OrderCommand } from '../actors/rules/commands.js';
import { type Call, roleRefusal } from './caller.js';
import { type ChangeOrder, type OrderAnswer } from './change-order.js';
import { type CallContext, commandIdOf, hashOf } from './commands.js';
import { fail, ok, type Problem, problemOf, type Result, unavailable } from './errors.js';
import { mapFew } from './map-few.js';
import type { PreviewAnswer } from './redaction.js';
import { bulkBody } from './schemas/desk.js';
import { invalid, read } from './schemas/faults.js';

/** The result of a bulk request for one order. */
export type BulkResult = { readonly order_id: string } & (
  | { readonly outcome: 'done'; readonly version: number; readonly preview?: PreviewAnswer['preview'] | undefined }
  | { readonly outcome: 'refused' | 'unavailable'; readonly problem: Problem }
);

/** What a bulk request needs. */
export interface BulkDeps {
  readonly change: ChangeOrder;
  readonly requests: BulkRequests;
}

/** How long a whole request may take over HTTP; orders that were not reached by then are `unavailable`. */
const longestMs = 50_000;
/** How long one order may take. */
const longestPerOrderMs = 10_000;

const isUnavailable = ({ code }: Problem): boolean =>
  code === 'unavailable' || code === 'order_busy' || code === 'internal';

const resultOf = (order_id: string, changed: Result<OrderAnswer | PreviewAnswer>): BulkResult => {
  if (!changed.ok) {
    const { problem } = changed;
    return { order_id, outcome: isUnavailable(problem) ? 'unavailable' : 'refused', problem };
  }
  if ('document' in changed.value) return { order_id, outcome: 'done', version: changed.value.document.version };
  const { preview } = changed.value;
  // Only a creation's preview has no version.
  return { order_id, outcome: 'done', version: preview.version ?? preview.order.version, preview };
};

/**
 * The same change of many orders, each by its own actor. The request's key is kept with its body before anything is done,
 * and each order keeps a key made from it: so a repeat, also after a kill, finds the orders that are done and tries the
 * others again.
 */
export const createBulkChange =
  ({ change, requests }: BulkDeps) =>
  async (input: unknown, context: CallContext): Promise<Result<readonly BulkResult[]>> => {
    const { caller, idempotencyKey, dryRun } = context;
    const refused = roleRefusal(caller, 'bulk');
    if (refused !== undefined) return fail(refused);
    if (context.hasIfMatch === true) return invalid([{ path: 'If-Match', message: 'does not apply to many orders' }]);
    const body = read(bulkBody, input);
    if (!body.ok) return body;
    const { order_ids, action, ...fields } = body.value;
    if (idempotencyKey !== undefined) {
      const key = commandIdOf(context);
      const hash = hashOf(body.value);
      const kept = dryRun === true ? await requests.find(key) : await requests.keep(key, hash);
      if (kept !== undefined && kept !== hash) return fail(problemOf({ code: 'idempotency_key_reused' }));
    }
    const command = { type: action, ...fields } as OrderCommand;
    const call: Call = action;
    const end = performance.now() + (context.deadlineMs ?? longestMs);
    // No client can send a key with a space, so none can meet these.
    const keyOf = (id: string) =>
      idempotencyKey === undefined ? {} : { idempotencyKey: `bulk ${id} ${idempotencyKey}` };
    const results = await mapFew(order_ids, async (order_id): Promise<BulkResult> => {
      const left = Math.floor(end - performance.now());
      if (left <= 0) return { order_id, outcome: 'unavailable', problem: unavailable };
      const deadlineMs = Math.min(left, longestPerOrderMs);
      return resultOf(
        order_id,
        await change(call, order_id, ok(command), { ...context, ...keyOf(order_id), deadlineMs }),
      );
    });
    return ok(results);
  };
