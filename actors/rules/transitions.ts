/** The statuses of an order. */
export const statuses = [
  'confirmed',
  'processing',
  'shipped',
  'delivered',
  'partially_returned',
  'returned',
  'cancelled',
] as const;

/** Where an order stands in its life. */
export type Status = (typeof statuses)[number];

/** From each status, the statuses that an order may move to. */
export const transitions = {
  confirmed: ['processing', 'cancelled'],
  processing: ['shipped', 'cancelled'],
  shipped: ['delivered', 'partially_returned'],
  delivered: ['partially_returned', 'returned'],
  partially_returned: ['returned'],
  returned: [],
  cancelled: [],
} as const satisfies Record<Status, readonly Status[]>;

/** Whether the table lets an order move so. */
export const mayMove = (from: Status, to: Status): boolean => (transitions[from] as readonly Status[]).includes(to);

/** Cancelling, whole or in part, and address changes end when the parcel leaves. */
export const beforeShipment = (status: Status): boolean => status === 'confirmed' || status === 'processing';
