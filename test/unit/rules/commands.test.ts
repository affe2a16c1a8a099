import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Context, NewOrder } from '../../../actors/rules/commands.js';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import { statuses, type Status } from '../../../actors/rules/transitions.js';
import { context, given, hoursLater, secret, take } from '../../support/given.js';
import { address, cancel, cancelItems, guestEmail, move, placed, units, unpaid, wayTo } from './sample-orders.js';
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
const guest: Partial<Context> = { caller: { type: 'guest', id: context.orderId } };
const guestOrder: Partial<NewOrder> = { customer_id: undefined, guest_email: guestEmail };
const off = { ...context.policy, partialCancellations: false };
const key = `${context.orderId}:2:payment.refund:0`;
const settled = (outcome: 'refunded' | 'refused') =>
  ({ type: 'settle_refund', key, outcome, refund_id: 'refund-1' }) as const;
const deadline = (what: 'payment' | 'return_window', hours: number): Row => ({
  command: { type: 'meet_deadline', what, at: hoursLater(hours) },
  by: { now: hoursLater(hours) },
  order: unpaid,
});

const rows: Readonly<Record<string, Row>> = {
  ...Object.fromEntries(statuses.map((status) => [`status ${status}`, { command: move(status) }])),
  cancel: { command: cancel },
  'cancel some items': { command: cancelItems(units('1', 2)) },
  'cancel all items': { command: cancelItems(units('1', 3), units('2', 1), units('3', 1)) },
  'cancel too many': { command: cancelItems(units('3', 2)) },
  'cancel an unknown line': { command: cancelItems(units('9', 1)) },
  'cancel items, switched off': { command: cancelItems(units('1', 2)), by: { policy: off } },
  'shipping address': { command: { type: 'update', shipping_address: address({ city: `${secret} town` }) } },
  'billing address': { command: { type: 'update', billing_address: address() } },
  notes: { command: { type: 'update', notes: `${secret} ring twice` } },
  'the same notes': { command: { type: 'update', notes: `${secret} notes` } },
  metadata: { command: { type: 'update', metadata: { gift: false } } },
  'customer: address': { command: { type: 'update', shipping_address: address({ line2: undefined }) }, by: customer },
  'customer: notes': { command: { type: 'update', notes: `${secret} ring twice` }, by: customer },
  'customer: metadata': { command: { type: 'update', metadata: {} }, by: customer },
  'guest: address': {
    command: { type: 'update', billing_address: address({ phone: undefined }) },
    by: guest,
    order: guestOrder,
  },
  'guest: metadata': { command: { type: 'update', metadata: {} }, by: guest, order: guestOrder },
  'refund done': { command: settled('refunded') },
  'refund refused': { command: settled('refused') },
  'refund done, again': { command: settled('refunded'), first: [settled('refunded')] },
  'refund refused, again': { command: settled('refused'), first: [settled('refused')] },
  'refund never asked for': { command: { ...settled('refunded'), key: `${context.orderId}:1:payment.refund:0` } },
  'retry an open refund': { command: { type: 'retry_refund', key, reason: 'again' } },
  'retry a refused refund': { command: { type: 'retry_refund', key, reason: 'again' }, first: [settled('refused')] },
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
 * Every command × every status, from SPEC sections 1, 2 and 6. `→ x`: taken, and the order is now x; `taken`: something is written, the status
 * stays; `nothing`: taken, nothing to write; `stale`: overtaken; all else refused: `illegal` illegal_transition, `gone` order_not_cancellable,
 * `fixed` order_not_editable, `left` quantity_not_available, `invalid` validation_failed.
 */
const table = readTable(`
command                    | confirmed    | processing  | shipped              | delivered            | partially_returned | returned  | cancelled
status confirmed           | illegal      | illegal     | illegal              | illegal              | illegal            | illegal   | illegal
status processing          | → processing | illegal     | illegal              | illegal              | illegal            | illegal   | illegal
status shipped             | illegal      | → shipped   | illegal              | illegal              | illegal            | illegal   | illegal
status delivered           | illegal      | illegal     | → delivered          | illegal              | illegal            | illegal   | illegal
status partially_returned  | illegal      | illegal     | → partially_returned | → partially_returned | illegal            | illegal   | illegal
status returned            | illegal      | illegal     | illegal              | → returned           | → returned         | illegal   | illegal
status cancelled           | → cancelled  | → cancelled | illegal              | illegal              | illegal            | illegal   | illegal
cancel                     | → cancelled  | → cancelled | gone                 | gone                 | gone               | gone      | gone
cancel some items          | taken        | taken       | gone                 | gone                 | gone               | gone      | gone
cancel all items           | → cancelled  | → cancelled | gone                 | gone                 | gone               | gone      | gone
cancel too many            | left         | left        | gone                 | gone                 | gone               | gone      | gone
cancel an unknown line     | invalid      | invalid     | gone                 | gone                 | gone               | gone      | gone
cancel items, switched off | gone         | gone        | gone                 | gone                 | gone               | gone      | gone
shipping address           | taken        | taken       | fixed                | fixed                | fixed              | fixed     | fixed
billing address            | taken        | taken       | fixed                | fixed                | fixed              | fixed     | fixed
notes                      | taken        | taken       | taken                | taken                | taken              | taken     | taken
the same notes             | nothing      | nothing     | nothing              | nothing              | nothing            | nothing   | nothing
metadata                   | taken        | taken       | taken                | taken                | taken              | taken     | taken
customer: address          | taken        | fixed       | fixed                | fixed                | fixed              | fixed     | fixed
customer: notes            | taken        | fixed       | fixed                | fixed                | fixed              | fixed     | fixed
customer: metadata         | forbidden    | forbidden   | forbidden            | forbidden            | forbidden          | forbidden | forbidden
guest: address             | taken        | fixed       | fixed                | fixed                | fixed              | fixed     | fixed
guest: metadata            | forbidden    | forbidden   | forbidden            | forbidden            | forbidden          | forbidden | forbidden
refund done                | taken        | taken       | taken                | taken                | taken              | taken     | taken
refund refused             | taken        | taken       | taken                | taken                | taken              | taken     | taken
refund done, again         | stale        | stale       | stale                | stale                | stale              | stale     | stale
refund refused, again      | stale        | stale       | stale                | stale                | stale              | stale     | stale
refund never asked for     | stale        | stale       | stale                | stale                | stale              | stale     | stale
retry an open refund       | stale        | stale       | stale                | stale                | stale              | stale     | stale
retry a refused refund     | taken        | taken       | taken                | taken                | taken              | taken     | taken
link customer              | taken        | taken       | taken                | taken                | taken              | taken     | taken
link another email         | stale        | stale       | stale                | stale                | stale              | stale     | stale
link a customer's          | stale        | stale       | stale                | stale                | stale              | stale     | stale
payment deadline           | → cancelled  | → cancelled | stale                | stale                | stale              | stale     | stale
payment deadline, paid     | stale        | stale       | stale                | stale                | stale              | stale     | stale
payment deadline, other    | stale        | stale       | stale                | stale                | stale              | stale     | stale
return window              | stale        | stale       | stale                | taken                | taken              | taken     | stale
return window, too soon    | stale        | stale       | stale                | stale                | stale              | stale     | stale
reconsider                 | nothing      | nothing     | nothing              | nothing              | nothing            | nothing   | nothing
`);

const short: Readonly<Record<string, string>> = {
  illegal_transition: 'illegal',
  order_not_cancellable: 'gone',
  order_not_editable: 'fixed',
  quantity_not_available: 'left',
  validation_failed: 'invalid',
};

const outcome = (status: Status, { command, by, order, first = [] }: Row): string => {
  const before = given(placed(order), cancelItems(units('3', 1)), ...wayTo[status], ...first);
  assert.equal(before.state.order.status, status);
  const { verdict, entries, state } = take(before, command, by ?? {});
  if (verdict !== 'accepted') return short[verdict] ?? verdict;
  if (entries.length === 0) return 'nothing';
  return state.order.status === status ? 'taken' : `→ ${state.order.status}`;
};

describe('every command in every status', () => {
  it('has a decided outcome', () => assert.deepEqual([...table.keys()], Object.keys(rows)));

  for (const [name, row] of Object.entries(rows)) {
    it(name, () => {
      const found = Object.fromEntries(statuses.map((status) => [status, outcome(status, row)]));
      assert.deepEqual(found, table.get(name));
    });
  }
});
