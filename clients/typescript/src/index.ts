export type * from './api.js';
export { createOrderClient, type Created, type OrderClient, type OrderFilters } from './client.js';
export { type ErrorCode, isOrderError, NoAnswerError, OrderServiceError } from './errors.js';
export {
  type Arrival,
  arrivalOf,
  type OrderEvent,
  type OrderEventData,
  orderEventOf,
  orderEventTypes,
} from './events.js';
export type { CallOptions, ClientOptions } from './transport.js';
