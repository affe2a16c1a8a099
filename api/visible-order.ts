import type { OrderReads, StoredDocument } from '../actors/order-reads.js';
import { accessRefusal } from '../actors/rules/access.js';
import type { Order } from '../actors/rules/order.js';
import type { CallContext } from './commands.js';
import { fail, ok, problemOf, type Result } from './errors.js';
import { findOrder } from './find-order.js';
import { isStaffOrService } from './redaction.js';

/** The order of an id or order number, as it is stored, if there is one and the caller may see it. */
export type VisibleOrder = (reference: string, context: CallContext) => Promise<Result<StoredDocument>>;

/** @param now decides whether a guest's token has ended */
export const createVisibleOrder =
  (reads: Pick<OrderReads, 'byId' | 'byNumber'>, now: () => Date): VisibleOrder =>
  async (reference, { caller }) => {
    const found = await findOrder(reads, reference, caller);
    if (found === undefined) return fail({ code: 'order_not_found' });
    if (isStaffOrService(caller)) return ok(found);
    const order = JSON.parse(found.document) as Order;
    const refusal = accessRefusal({ order }, caller, now().toISOString());
    return refusal === undefined ? ok(found) : fail(problemOf(refusal));
  };
