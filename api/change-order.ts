import type { OrderReads, StoredDocument } from '../actors/order-reads.js';
import type { OrderCommand } from '../actors/rules/commands.js';
import type { Order } from '../actors/rules/order.js';
import { type Call, roleRefusal } from './caller.js';
import type { CallContext, Commands, Previewed, Taken } from './commands.js';
import { fail, ok, type Problem, type Result } from './errors.js';
import { orderIdOf } from './find-order.js';
import { type PreviewAnswer, previewSeenBy, seenBy } from './redaction.js';

/** An order after a changing call: the document as JSON text, and whether the call was a repeat. */
export interface OrderAnswer {
  readonly document: StoredDocument;
  readonly replayed: boolean;
}

/** Changes one order: role first, then the body, then the order's actor. */
export type ChangeOrder = (
  call: Call,
  id: string,
  command: Result<OrderCommand>,
  context: CallContext,
) => Promise<Result<OrderAnswer | PreviewAnswer>>;

/** What it depends on. */
export interface ChangeOrderDeps {
  readonly commands: Commands;
  readonly reads: Pick<OrderReads, 'byId' | 'byNumber'>;
}

const notFound: Problem = { code: 'order_not_found' };

/** A body that was read, as the command that it asks for. */
export const commandOf = <T extends object, C extends OrderCommand['type']>(
  type: C,
  body: Result<T>,
): Result<{ readonly type: C } & T> => (body.ok ? ok({ type, ...body.value }) : body);

const toDocument = (order: Order): StoredDocument => ({
  id: order.id,
  version: order.version,
  document: JSON.stringify(order),
});

/** The result of a command, as this caller may see it. */
export const answerTo = async (
  taken: Taken | Previewed,
  { caller }: CallContext,
  reads: ChangeOrderDeps['reads'],
): Promise<Result<OrderAnswer | PreviewAnswer>> => {
  if ('preview' in taken) return ok({ preview: previewSeenBy(caller, taken.preview) });
  const { orderId, order, replayed } = taken;
  if (order !== undefined) return ok({ document: seenBy(caller, toDocument(order)), replayed });
  const found = await reads.byId(orderId);
  return found === undefined ? fail(notFound) : ok({ document: seenBy(caller, found), replayed });
};

/** The same for every call that changes one order. */
export const createChangeOrder =
  ({ commands, reads }: ChangeOrderDeps): ChangeOrder =>
  async (call, id, command, context) => {
    const refused = roleRefusal(context.caller, call);
    if (refused !== undefined) return fail(refused);
    if (!command.ok) return command;
    const orderId = await orderIdOf(reads, id, context.caller);
    if (orderId === undefined) return fail(notFound);
    const taken = await commands.change(orderId, command.value, context);
    return taken.ok ? answerTo(taken.value, context, reads) : taken;
  };
