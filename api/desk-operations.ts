import { createEraseOrders, type EraseDeps, type ErasedOrders } from './erase-orders.js';
import { type BulkDeps, type BulkResult, createBulkChange } from './bulk-change.js';
import { commandOf, type OrderAnswer } from './change-order.js';
import type { CallContext } from './commands.js';
import type { Result } from './errors.js';
import type { PreviewAnswer } from './redaction.js';
import { holdBody, releaseBody, restoreBody } from './schemas/desk.js';
import { type ActionsAnswer, createOrderActions, type OrderActionsDeps } from './order-actions.js';
import { read } from './schemas/faults.js';

/** What the support desk does with orders beside the calls of `OrderService`. */
export interface DeskOperations {
  holdOrder(id: string, input: unknown, context: CallContext): Promise<Result<OrderAnswer | PreviewAnswer>>;
  releaseOrder(id: string, input: unknown, context: CallContext): Promise<Result<OrderAnswer | PreviewAnswer>>;
  restoreOrder(id: string, input: unknown, context: CallContext): Promise<Result<OrderAnswer | PreviewAnswer>>;
  bulkChangeOrders(input: unknown, context: CallContext): Promise<Result<readonly BulkResult[]>>;
  eraseOrders(input: unknown, context: CallContext): Promise<Result<ErasedOrders>>;
  orderActions(id: string, context: CallContext): Promise<Result<ActionsAnswer>>;
}

/** What they depend on. */
export type DeskDeps = OrderActionsDeps & BulkDeps & EraseDeps;

/** The support desk. */
export const createDeskOperations = ({ change, requests, commands, erasures, ...deps }: DeskDeps): DeskOperations => ({
  bulkChangeOrders: createBulkChange({ change, requests }),
  eraseOrders: createEraseOrders({ commands, requests, erasures }),
  orderActions: createOrderActions(deps),

  holdOrder: (id, input, context) => change('hold', id, commandOf('hold', read(holdBody, input)), context),
  releaseOrder: (id, input, context) =>
    // The whole body is optional.
    change('release', id, commandOf('release', read(releaseBody, input ?? {})), context),
  restoreOrder: (id, input, context) =>
    change('restore', id, commandOf('restore', read(restoreBody, input ?? {})), context),
});
