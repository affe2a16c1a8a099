import type { StackDescription } from '../../../scripts/stack-types.js';
import type { Driver } from '../driver.js';
import { bearer } from './bearer.js';
import { createHttpDriver } from './http.js';

/** The REST gateway of a replica (1, 2). */
export const createRestDriver = (stack: StackDescription, replica = 1): Driver =>
  createHttpDriver({
    name: 'REST',
    orders: `${stack.replicas[replica - 1]!.rest}/api/v1/orders`,
    fixedCaller: undefined,
    identify: async (options) => {
      const authorization = await bearer(stack, options);
      return authorization === undefined ? {} : { authorization };
    },
  });
