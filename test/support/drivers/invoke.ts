import assert from 'node:assert/strict';
import { expect } from '@jest/globals';
import { sidecarHeaders } from '../../../scripts/readiness.js';
import type { StackDescription } from '../../../scripts/stack-types.js';
import type { Driver } from '../driver.js';
import { createHttpDriver } from './http.js';

/** Dapr service invocation by the sandbox's sidecar: the caller is whoever that sidecar says, checkout-service. */
export const createInvokeDriver = (stack: StackDescription): Driver => {
  assert.ok(stack.sandbox, 'service invocation needs the sandbox and its sidecar');
  return createHttpDriver({
    name: 'service invocation',
    orders: `${stack.sandbox.dapr}/v1.0/invoke/order-service/method/api/v1/orders`,
    fixedCaller: { type: 'service', id: 'checkout-service' },
    identify: ({ caller, token }) => {
      // service invocation has one caller
      expect(caller === undefined && token === undefined).toBe(true);
      return Promise.resolve(sidecarHeaders(stack.secrets.daprApiToken));
    },
  });
};
