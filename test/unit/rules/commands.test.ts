import { describe, expect, it } from '@jest/globals';
import type { Context, NewOrder } from '../../../actors/rules/commands.js';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import { statuses, type Status } from '../../../actors/rules/transitions.js';
import { context, given, hoursLater, orderId, secret, take } from '../../support/given.js';
import {
  address,
  answered,
  cancel,
  cancelItems,
  declined,
  guestEmail,
  move,
  placed,
  retried,
  units,
  unpaid,
  wayTo,
} from '../../support/sample-orders.js';
import { readTable } from './table.js';

/** One row of the table: an order (by default `placed`, one unit cancelled, its refund open), and what is asked of it. */
interface Row {
  readonly command: ChangeCommand;
  readonly by?: Partial<Context>;
  readonly order?: Partial<NewOrder>;
  /** Taken in the status in question, before the command. */
  readonly first?: readonly ChangeCommand[];
}

const customer: Partial<Context> = { caller: { type: 'customer', id: 'customer-1' } };
const guest: Partial<Context> = { caller: { type: 'guest', id: orderId } };
const guestOrder: Partial<NewOrder> = { customer_id: undefined, guest_email: guestEmail };
const off: Partial<Context> = { policy: { ...context.policy, partialCancellations: false } };
const noReturns: Partial<Context> = { policy: { ...context.policy, returns: false } };
const windowClosed: Partial<Context> = { now: hoursLater(30 * 24) };
const windowOpen: Partial<Context> = { now: hoursLater(30 * 24 - 0.001) };
const deadline = (what: 'payment' | 'return_window', hours: number): Row => ({
  command: { type: 'meet_deadline', what, at: hoursLater(hours) },
  by: { now: hoursLater(hours) },
  order: unpaid,
});

const rows: Readonly<Record<string, Row>> = {
  ...Object.fromEntries(statuses.map((status) => [`status ${status}`, { command: move(status) }])),
  'status partially_returned, switched off': { command: move('partially_returned'), by: noReturns },
  'status partially_returned, too late': { command: move('partially_returned'), by: windowClosed },
  'status returned, switched off': { command: move('returned'), by: noReturns },
  'status returned, too late': { command: move('returned'), by: windowClosed },
  'status returned, just in time': { command: move('returned'), by: windowOpen },
  cancel: { command: cancel },
  'cancel some items': { command: cancelItems(units('1', 2)) },
  'cancel all items': { command: cancelItems(units('1', 3), units('2', 1), units('3', 1)) },
  'cancel too many': { command: cancelItems(units('3', 2)) },
  'cancel an unknown line': { command: cancelItems(units('9', 1)) },
  'cancel items, switched off': { command: cancelItems(units('1', 2)), by: off },
  'shipping address': { command: { type: 'update', shipping_address: address({ city: `${secret} town` }) } },
  'billing address': { command: { type: 'update', billing_address: address() } },
  'the same address': { command: { type: 'update', shipping_address: address() } },
  'the same address, other notes': {
    command: { type: 'update', shipping_address: address(), notes: `${secret} ring twice` },
  },
  notes: { command: { type: 'update', notes: `${secret} ring twice` } },
  'the same notes': { command: { type: 'update', notes: `${secret} notes` } },
  metadata: { command: { type: 'update', metadata: { gift: false } } },
  'customer: address': { command: { type: 'update', shipping_address: address({ line2: undefined }) }, by: customer },
  'customer: the same address': { command: { type: 'update', shipping_address: address() }, by: customer },
  'customer: the same address, other notes': {
    command: { type: 'update', shipping_address: address(), notes: `${secret} ring twice` },
    by: customer,
  },
  'customer: notes': { command: { type: 'update', notes: `${secret} ring twice` }, by: customer },
  'customer: metadata': { command: { type: 'update', metadata: {} }, by: customer },
  'guest: address': {
    command: { type: 'update', billing_address: address({ phone: undefined }) },
    by: guest,
    order: guestOrder,
  },
  'guest: metadata': { command: { type: 'update', metadata: {} }, by: guest, order: guestOrder },
  'refund done': { command: answered(2, 'refund-1') },
  'refund refused': { command: declined(2) },
  'refund done, again': { command: answered(2, 'refund-1'), first: [answered(2, 'refund-1')] },
  'refund done, under another id': { command: answered(2, 'refund-2'), first: [answered(2, 'refund-1')] },
  'refund refused, again': { command: declined(2), first: [declined(2)] },
  'refund done after it was refused': { command: answered(2, 'refund-1'), first: [declined(2)] },
  'refund refused after it was done': { command: declined(2), first: [answered(2, 'refund-1')] },
  'refund never asked for': { command: answered(1, 'refund-1') },
  'retry an open refund': { command: retried(2) },
  'retry a refused refund': { command: retried(2), first: [declined(2)] },
  'retry a refund that is done': { command: retried(2), first: [answered(2, 'refund-1')] },
  'link customer': {
    command: { type: 'link_customer', customer_id: 'customer-2', email: guestEmail },
    order: guestOrder,
  },
  'link another email': {
    command: { type: 'link_customer', customer_id: 'customer-2', email: 'other@guest.example' },
    order: guestOrder,
  },
  "link a customer's": { command: { type: 'link_customer', customer_id: 'customer-2', email: guestEmail } },
  'payment deadline': deadline('payment', 24),
  'payment deadline, paid': { ...deadline('payment', 24), order: {} },
  'payment deadline, other': deadline('payment', 25),
  'return window': deadline('return_window', 30 * 24),
  'return window, too soon': { ...deadline('return_window', 30 * 24), by: { now: hoursLater(30 * 24 - 1) } },
  reconsider: { command: { type: 'reconsider' } },
};

/**
 * Every command × every status. `→ x`: taken, and the order is now x; `taken`: something is written, the status
 * stays; `nothing`: taken, nothing to write; `stale`: overtaken; all else refused: `illegal` illegal_transition, `gone` order_not_cancellable,
 * `fixed` order_not_editable, `left` quantity_not_available, `barred` return_not_allowed, `invalid` validation_failed.
 */
const table = readTable(`
command                                 | confirmed    | processing  | shipped              | delivered            | partially_returned | returned  | cancelled
status confirmed                        | illegal      | illegal     | illegal              | illegal              | illegal            | illegal   | illegal
status processing                       | → processing | illegal     | illegal              | illegal              | illegal            | illegal   | illegal
status shipped                          | illegal      | → shipped   | illegal              | illegal              | illegal            | illegal   | illegal
status delivered                        | illegal      | illegal     | → delivered          | illegal              | illegal            | illegal   | illegal
status partially_returned               | illegal      | illegal     | → partially_returned | → partially_returned | illegal            | illegal   | illegal
status returned                         | illegal      | illegal     | illegal              | → returned           | → returned         | illegal   | illegal
status cancelled                        | → cancelled  | → cancelled | illegal              | illegal              | illegal            | illegal   | illegal
status partially_returned, switched off | illegal      | illegal     | barred               | barred               | illegal            | illegal   | illegal
status partially_returned, too late     | illegal      | illegal     | → partially_returned | barred               | illegal            | illegal   | illegal
status returned, switched off           | illegal      | illegal     | illegal              | barred               | barred             | illegal   | illegal
status returned, too late               | illegal      | illegal     | illegal              | barred               | barred             | illegal   | illegal
status returned, just in time           | illegal      | illegal     | illegal              | → returned           | → returned         | illegal   | illegal
cancel                                  | → cancelled  | → cancelled | gone                 | gone                 | gone               | gone      | gone
cancel some items                       | taken        | taken       | gone                 | gone                 | gone               | gone      | gone
cancel all items                        | → cancelled  | → cancelled | gone                 | gone                 | gone               | gone      | gone
cancel too many                         | left         | left        | gone                 | gone                 | gone               | gone      | gone
cancel an unknown line                  | invalid      | invalid     | gone                 | gone                 | gone               | gone      | gone
cancel items, switched off              | gone         | gone        | gone                 | gone                 | gone               | gone      | gone
shipping address                        | taken        | taken       | fixed                | fixed                | fixed              | fixed     | fixed
billing address                         | taken        | taken       | fixed                | fixed                | fixed              | fixed     | fixed
the same address                        | nothing      | nothing     | nothing              | nothing              | nothing            | nothing   | nothing
the same address, other notes           | taken        | taken       | taken                | taken                | taken              | taken     | taken
notes                                   | taken        | taken       | taken                | taken                | taken              | taken     | taken
the same notes                          | nothing      | nothing     | nothing              | nothing              | nothing            | nothing   | nothing
metadata                                | taken        | taken       | taken                | taken                | taken              | taken     | taken
customer: address                       | taken        | fixed       | fixed                | fixed                | fixed              | fixed     | fixed
customer: the same address              | nothing      | nothing     | nothing              | nothing              | nothing            | nothing   | nothing
customer: the same address, other notes | taken        | fixed       | fixed                | fixed                | fixed              | fixed     | fixed
customer: notes                         | taken        | fixed       | fixed                | fixed                | fixed              | fixed     | fixed
customer: metadata                      | forbidden    | forbidden   | forbidden            | forbidden            | forbidden          | forbidden | forbidden
guest: address                          | taken        | fixed       | fixed                | fixed                | fixed              | fixed     | fixed
guest: metadata                         | forbidden    | forbidden   | forbidden            | forbidden            | forbidden          | forbidden | forbidden
refund done                             | taken        | taken       | taken                | taken                | taken              | taken     | taken
refund refused                          | taken        | taken       | taken                | taken                | taken              | taken     | taken
refund done, again                      | stale        | stale       | stale                | stale                | stale              | stale     | stale
refund done, under another id           | stale        | stale       | stale                | stale                | stale              | stale     | stale
refund refused, again                   | stale        | stale       | stale                | stale                | stale              | stale     | stale
refund done after it was refused        | taken        | taken       | taken                | taken                | taken              | taken     | taken
refund refused after it was done        | stale        | stale       | stale                | stale                | stale              | stale     | stale
refund never asked for                  | stale        | stale       | stale                | stale                | stale              | stale     | stale
retry an open refund                    | stale        | stale       | stale                | stale                | stale              | stale     | stale
retry a refused refund                  | taken        | taken       | taken                | taken                | taken              | taken     | taken
retry a refund that is done             | stale        | stale       | stale                | stale                | stale              | stale     | stale
link customer                           | taken        | taken       | taken                | taken                | taken              | taken     | taken
link another email                      | stale        | stale       | stale                | stale                | stale              | stale     | stale
link a customer's                       | stale        | stale       | stale                | stale                | stale              | stale     | stale
payment deadline                        | → cancelled  | → cancelled | stale                | stale                | stale              | stale     | stale
payment deadline, paid                  | stale        | stale       | stale                | stale                | stale              | stale     | stale
payment deadline, other                 | stale        | stale       | stale                | stale                | stale              | stale     | stale
return window                           | stale        | stale       | stale                | taken                | taken              | taken     | stale
return window, too soon                 | stale        | stale       | stale                | stale                | stale              | stale     | stale
reconsider                              | nothing      | nothing     | nothing              | nothing              | nothing            | nothing   | nothing
`);

const short: Readonly<Record<string, string>> = {
  illegal_transition: 'illegal',
  order_not_cancellable: 'gone',
  order_not_editable: 'fixed',
  quantity_not_available: 'left',
  return_not_allowed: 'barred',
  validation_failed: 'invalid',
};

const outcome = (status: Status, { command, by, order, first = [] }: Row): string => {
  const before = given(placed(order), cancelItems(units('3', 1)), ...wayTo[status], ...first);
  expect(before.state.order.status).toBe(status);
  const { verdict, entries, state } = take(before, command, by ?? {});
  if (verdict !== 'accepted') return short[verdict] ?? verdict;
  if (entries.length === 0) return 'nothing';
  return state.order.status === status ? 'taken' : `→ ${state.order.status}`;
};

describe('every command in every status', () => {
  it('has a decided outcome', () => expect([...table.keys()]).toStrictEqual(Object.keys(rows)));

  it.each(Object.entries(rows))('%s', (name, row) => {
    const found = Object.fromEntries(statuses.map((status) => [status, outcome(status, row)]));
    expect(found).toStrictEqual(table.get(name));
  });
});
