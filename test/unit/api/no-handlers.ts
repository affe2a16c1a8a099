import type { Handlers } from '../../../api/table/operation.js';

/** The handlers of a gateway whose test calls none of them, or brings those that it calls. */
export const noHandlers = {
  ...{ operations: {}, staff: {}, audit: {}, desk: {}, analytics: {} },
  observe: (_call, work) => work,
} as Handlers;
