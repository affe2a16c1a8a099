import {
  BulkChangeOrdersRequest,
  type BulkProblem,
  type BulkResult as BulkResultMessage,
  EraseOrdersRequest,
  HoldOrderRequest,
  OrderStaffServiceService as service,
  ReleaseOrderRequest,
  RestoreOrderRequest,
} from '../../proto/gen/order/v1/staff.js';
import type { BulkResult } from '../bulk-change.js';
import type { DeskOperations } from '../desk-operations.js';
import { errorTable, mostNamedFaults, ok, type Problem } from '../errors.js';
import { change, previewOf } from './change.js';
import { given } from './decode.js';
import { createMethod, type Method } from './method.js';

const problemIn = ({ code, detail, errors = [] }: Problem): BulkProblem => ({
  code,
  detail: detail ?? errorTable[code].title,
  errors: errors.slice(0, mostNamedFaults).map(({ path, message }) => ({ path, message })),
});

const bulkResultOf = (result: BulkResult): BulkResultMessage => ({
  order_id: result.order_id,
  outcome: result.outcome,
  version: 'version' in result ? result.version : undefined,
  problem: 'problem' in result ? problemIn(result.problem) : undefined,
  preview: 'preview' in result && result.preview !== undefined ? previewOf({ preview: result.preview }) : undefined,
});

/** The calls of the support desk in `order.v1.OrderStaffService`. */
export const deskMethods = (
  desk: DeskOperations,
): Readonly<Record<'bulkChangeOrders' | 'eraseOrders' | 'holdOrder' | 'releaseOrder' | 'restoreOrder', Method>> => ({
  bulkChangeOrders: createMethod(
    service.bulkChangeOrders,
    BulkChangeOrdersRequest,
    async (message, context) => {
      const result = await desk.bulkChangeOrders(given(BulkChangeOrdersRequest, message), context);
      return result.ok ? ok({ message: { results: result.value.map(bulkResultOf) } }) : result;
    },
    { canDryRun: true, extent: 'many' },
  ),
  eraseOrders: createMethod(
    service.eraseOrders,
    EraseOrdersRequest,
    async (message, context) => {
      const result = await desk.eraseOrders(given(EraseOrdersRequest, message), context);
      return result.ok ? ok({ message: { erased: result.value.erased, kept: [...result.value.kept] } }) : result;
    },
    { extent: 'many' },
  ),
  holdOrder: createMethod(service.holdOrder, HoldOrderRequest, change(HoldOrderRequest, desk.holdOrder), {
    canDryRun: true,
  }),
  restoreOrder: createMethod(
    service.restoreOrder,
    RestoreOrderRequest,
    change(RestoreOrderRequest, desk.restoreOrder),
    { canDryRun: true },
  ),
  releaseOrder: createMethod(
    service.releaseOrder,
    ReleaseOrderRequest,
    change(ReleaseOrderRequest, desk.releaseOrder),
    { canDryRun: true },
  ),
});
