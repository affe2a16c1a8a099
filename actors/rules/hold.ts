import type { Context, OrderCommand } from './commands.js';
import { accept, type Decision, refuse } from './decision.js';
import type { OrderState } from './order.js';
import { beforeShipment } from './transitions.js';

/*
 * A person's hold: fulfilment waits until a person releases it, or until its own end. It stands beside the payment hold of
 * the coverage rule (coverage.ts); neither ends the other.
 */

/** The refusal of a command that a person's hold forbids. */
export const heldByPerson = refuse({ code: 'order_on_hold', detail: 'The order is on hold.' });

/** Puts fulfilment on hold: only before shipment, and only one person's hold at a time. */
export const decideHold = (
  state: OrderState,
  { reason, until }: Extract<OrderCommand, { type: 'hold' }>,
  { caller, now }: Context,
): Decision => {
  // Not a question of the schema: a repeat of the request must find its receipt after this time has passed.
  if (until !== undefined && Date.parse(until) <= Date.parse(now))
    return refuse({
      code: 'validation_failed',
      detail: 'One fault in the input.',
      errors: [{ path: 'until', message: 'must be in the future' }],
    });
  const { status } = state.order;
  if (!beforeShipment(status))
    return refuse({ code: 'illegal_transition', detail: `An order that is ${status} cannot be held.` });
  if (state.holds.person !== undefined) return heldByPerson;
  return accept({ type: 'order.held', data: { hold: 'person', until }, personal: { reason, by: caller } });
};

/** Ends a person's hold; the payment hold stays. */
export const decideRelease = (state: OrderState, { reason }: Extract<OrderCommand, { type: 'release' }>): Decision =>
  state.holds.person === undefined
    ? refuse({ code: 'order_not_held', detail: 'No person holds this order.' })
    : accept({
        type: 'order.released',
        data: { hold: 'person' },
        ...(reason === undefined ? {} : { personal: { reason } }),
      });
