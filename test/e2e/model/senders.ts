import { createGrpcDriver } from '../../support/drivers/grpc.js';
import { createInvokeDriver } from '../../support/drivers/invoke.js';
import { createGrpcStaffDriver, createRestStaffDriver, type StaffDriver } from '../../support/drivers/staff.js';
import type { Answer, CallOptions, Driver } from '../../support/driver.js';
import type { Shop } from '../../support/shop.js';
import type { Gateway, Request } from './inputs.js';

/** Sends a request to an order; a creation needs no order. */
export type Send = (orderId: string, request: Request) => Promise<Answer>;

/** Every gateway of the shop. A request is sent once: whatever is answered is the answer. */
export const createSend = (shop: Shop): Send => {
  const stack = shop.stack.describe();
  const drivers: Readonly<Record<Gateway, Driver>> = {
    'REST 1': shop.on(1),
    'REST 2': shop.on(2),
    'gRPC 1': createGrpcDriver(stack, 1),
    'gRPC 2': createGrpcDriver(stack, 2),
    invocation: createInvokeDriver(stack),
  };
  const desks: Readonly<Record<Gateway, StaffDriver>> = {
    'REST 1': createRestStaffDriver(stack, 1),
    'REST 2': createRestStaffDriver(stack, 2),
    'gRPC 1': createGrpcStaffDriver(stack, 1),
    'gRPC 2': createGrpcStaffDriver(stack, 2),
    invocation: createRestStaffDriver(stack, 1),
  };

  return (id, { gateway, caller, key, ifMatch, body, command }) => {
    const driver = drivers[gateway];
    const options: CallOptions = {
      ...(gateway === 'invocation' ? {} : { caller }),
      ...(key === undefined ? {} : { key }),
      ...(ifMatch === undefined ? {} : { ifMatch: `"${ifMatch}"` }),
    };
    switch (command.type) {
      case 'create':
        return driver.createOrder(body, options);
      case 'change_status':
        return driver.updateOrderStatus(id, body, options);
      case 'cancel':
        return driver.cancelOrder(id, body, options);
      case 'cancel_items':
        return driver.cancelOrderItems(id, body, options);
      case 'update':
        return driver.updateOrder(id, body, options);
      case 'retry_refund':
        return desks[gateway].retryEffect(id, command.key, body, options);
    }
  };
};
