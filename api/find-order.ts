import type { OrderReads, StoredDocument } from '../actors/order-reads.js';
import type { Caller } from '../actors/rules/order-parts.js';

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const orderNumberPattern = /^ORD-\d{8}-\d{6,19}$/;

/** The reads that turn what a path names into an order. */
type Lookups = Pick<OrderReads, 'byId' | 'byNumber'>;

/** Whether a text has the form of one of our ids. */
export const isUuid = (text: string): boolean => uuidPattern.test(text);

/** The order of this id or order number, if it is one that the reader may see. */
export const findOrder = (reads: Lookups, reference: string, reader: Caller): Promise<StoredDocument | undefined> => {
  if (isUuid(reference)) return reads.byId(reference, reader);
  return orderNumberPattern.test(reference) ? reads.byNumber(reference, reader) : Promise.resolve(undefined);
};

/** The id that this id or order number stands for. Whether there is an order of an id is for its actor to say. */
export const orderIdOf = async (reads: Lookups, reference: string, reader: Caller): Promise<string | undefined> =>
  isUuid(reference) ? reference.toLowerCase() : (await findOrder(reads, reference, reader))?.id;
