import { setTimeout as sleep } from 'node:timers/promises';
import type { BulkRequests, Erasures, Subject } from '../actors/bulk-requests.js';
import { roleRefusal } from './caller.js';
import { type CallContext, commandIdOf, type Commands, hashOf } from './commands.js';
import { fail, ok, problemOf, type Result, unavailable } from './errors.js';
import { mapFew } from './map-few.js';
import { eraseBody } from './schemas/desk.js';
import { invalid, read } from './schemas/faults.js';

/** An order that is not erased, and why. */
export interface KeptOrder {
  readonly order_id: string;
  readonly why: string;
}

/** The result of a request to erase. */
export interface ErasedOrders {
  /** How many orders were erased now. */
  readonly erased: number;
  readonly kept: readonly KeptOrder[];
}

/** What erasing needs. */
export interface EraseDeps {
  readonly commands: Pick<Commands, 'erase'>;
  readonly requests: BulkRequests;
  readonly erasures: Erasures;
}

/** How long a whole request may take; a repeat goes on where it ended. */
const longestMs = 50_000;
/** How long one order may take. */
const longestPerOrderMs = 10_000;
/** How long search index and analytics may take, beside the above. */
const longestWaitMs = 10_000;
const pauseMs = 100;

/** Waits until the search index and the analytics contain no erased data of these orders. */
const taken = async (erasures: Erasures, orderIds: readonly string[]): Promise<boolean> => {
  const end = performance.now() + longestWaitMs;
  for (;;) {
    if (await erasures.isTaken(orderIds)) return true;
    if (performance.now() >= end) return false;
    await sleep(pauseMs);
  }
};

const reused = fail(problemOf({ code: 'idempotency_key_reused' }));

/**
 * Erases what is personal of all orders of a customer or guest, each by its own actor, and then everywhere else. Every step
 * may be repeated: where one fails, the answer is `unavailable` and the same request finishes the work.
 */
export const createEraseOrders =
  ({ commands, requests, erasures }: EraseDeps) =>
  async (input: unknown, context: CallContext): Promise<Result<ErasedOrders>> => {
    const { caller, idempotencyKey } = context;
    const refused = roleRefusal(caller, 'erase');
    if (refused !== undefined) return fail(refused);
    if (context.hasIfMatch === true) return invalid([{ path: 'If-Match', message: 'does not apply to many orders' }]);
    const body = read(eraseBody, input);
    if (!body.ok) return body;
    const { reason, customer_id, guest_email = '' } = body.value;
    if (idempotencyKey !== undefined) {
      const hash = hashOf({ call: 'erase', ...body.value });
      if ((await requests.keep(commandIdOf(context), hash)) !== hash) return reused;
    }
    const subject: Subject = customer_id === undefined ? { guest_email } : { customer_id };
    const traces = await erasures.tracesOf(subject);
    const end = performance.now() + (context.deadlineMs ?? longestMs);
    // No client can send a key with a space, so none can meet these.
    const keyOf = (id: string) =>
      idempotencyKey === undefined ? {} : { idempotencyKey: `erase ${id} ${idempotencyKey}` };
    const results = await mapFew(traces.orderIds, async (order_id) => {
      const deadlineMs = Math.min(Math.floor(end - performance.now()), longestPerOrderMs);
      if (deadlineMs <= 0) return fail(unavailable);
      return commands.erase(order_id, reason, { ...context, ...keyOf(order_id), deadlineMs });
    });
    const failed = results.find((result) => !result.ok);
    if (failed !== undefined) return failed;
    const found = results.flatMap((result, n) =>
      result.ok ? [{ id: traces.orderIds[n] ?? '', ...result.value }] : [],
    );
    const gone = found.filter(({ outcome }) => outcome !== 'kept').map(({ id }) => id);
    await erasures.forget(subject, { ...traces, orderIds: gone });
    if (!(await taken(erasures, gone))) return fail(unavailable);
    return ok({
      erased: found.filter(({ outcome }) => outcome === 'erased').length,
      kept: found.flatMap((one) => (one.outcome === 'kept' ? [{ order_id: one.id, why: one.why }] : [])),
    });
  };
