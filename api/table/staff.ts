import {
  DiscardDeadLetterRequest,
  GetDeadLetterRequest,
  ListDeadLettersRequest,
  ListOrderEffectsRequest,
  OrderStaffServiceService as service,
  ReplayDeadLetterRequest,
  ResolveEffectRequest,
  RetryEffectRequest,
} from '../../proto/gen/order/v1/staff.js';
import { withId, withIdAndInput, withInput } from '../call-input.js';
import { input, listEffectsInput } from '../grpc/inputs.js';
import {
  actedEffectReply,
  actedLetterReply,
  effectsReply,
  letterReply,
  lettersReply,
  orderEffectsReply,
} from '../grpc/staff-replies.js';
import { unary } from '../grpc/unary.js';
import { sendActed, sendNamed, sendPage } from '../rest/send.js';
import { base, type Operation, operation, changeHeaders } from './operation.js';

const actionProblems = ['not_found', 'illegal_transition', 'idempotency_key_reused'] as const;
/** A refund is asked again, or settled by hand, through the order itself. */
const effectProblems = [
  ...actionProblems,
  'order_not_found',
  'quantity_not_available',
  'version_conflict',
  'order_busy',
  'order_on_hold',
  'order_not_held',
] as const;
const paged = 'Pages by `page_size` and `page_token`.';

/** The calls of `order.v1.OrderStaffService`: the effects ledger and the dead letters, one row each. */
export const staffOperations: readonly Operation[] = [
  operation(
    {
      path: `${base}/effects`,
      method: 'get',
      id: 'listEffects',
      observedAs: 'effects',
      tag: 'Staff',
      call: 'staff',
      summary: 'Read the effects ledger over all orders',
      description: `By default what was refused or given up; money first, then the newest. ${paged}`,
      query: 'effects',
      answers: { 200: { description: 'One page.', schema: 'EffectPage' } },
    },
    ({ staff }) => withInput(staff.effects),
    sendPage('effects'),
    unary(service.listEffects, listEffectsInput, effectsReply),
  ),
  operation(
    {
      path: `${base}/{id}/effects`,
      method: 'get',
      id: 'listOrderEffects',
      observedAs: 'order_effects',
      tag: 'Staff',
      call: 'staff',
      summary: 'Read the effects ledger of an order',
      description: 'What must happen elsewhere because of the order, and how each of it stands.',
      parameters: ['OrderId'],
      answers: { 200: { description: 'All of them.', schema: 'EffectList' } },
      problems: ['order_not_found'],
    },
    ({ staff }) => withId(staff.orderEffects),
    sendNamed('effects'),
    unary(service.listOrderEffects, input(ListOrderEffectsRequest, ['order_id']), orderEffectsReply),
  ),
  operation(
    {
      path: `${base}/{id}/effects/{key}/retry`,
      method: 'post',
      id: 'retryEffect',
      tag: 'Staff',
      call: 'staff',
      summary: 'Try an effect again at once',
      description:
        'One that was refused, given up or waits. The reason is kept with it. Holds and releases of fulfilment are not tried ' +
        'again once the order is free or held again.',
      parameters: ['OrderId', 'EffectKey', ...changeHeaders],
      body: 'StaffActionRequest',
      bodyOptional: true,
      answers: {
        200: { description: 'The effect as it is now.', schema: 'EffectAnswer', headers: ['Idempotent-Replayed'] },
      },
      problems: effectProblems,
    },
    ({ staff }) =>
      ({ id, key, input }, context) =>
        staff.retryEffect(id, key, input, context),
    sendActed('effect'),
    unary(service.retryEffect, input(RetryEffectRequest, ['order_id', 'key']), actedEffectReply),
  ),
  operation(
    {
      path: `${base}/{id}/effects/{key}/resolve`,
      method: 'post',
      id: 'resolveEffect',
      tag: 'Staff',
      call: 'staff',
      summary: 'Mark an effect as settled by hand',
      description: 'One that was refused, given up or waits; never an event. The reason is kept with it.',
      parameters: ['OrderId', 'EffectKey', ...changeHeaders],
      body: 'StaffActionRequest',
      bodyOptional: true,
      answers: {
        200: { description: 'The effect as it is now.', schema: 'EffectAnswer', headers: ['Idempotent-Replayed'] },
      },
      problems: effectProblems,
    },
    ({ staff }) =>
      ({ id, key, input }, context) =>
        staff.resolveEffect(id, key, input, context),
    sendActed('effect'),
    unary(service.resolveEffect, input(ResolveEffectRequest, ['order_id', 'key']), actedEffectReply),
  ),
  operation(
    {
      path: `${base}/dead-letters`,
      method: 'get',
      id: 'listDeadLetters',
      observedAs: 'dead_letters',
      tag: 'Staff',
      call: 'staff',
      summary: 'List dead letters',
      description: `Events that could not be applied: by default the open ones, newest first. ${paged}`,
      query: 'deadLetters',
      answers: { 200: { description: 'One page.', schema: 'DeadLetterPage' } },
    },
    ({ staff }) => withInput(staff.deadLetters),
    sendPage('dead_letters'),
    unary(service.listDeadLetters, input(ListDeadLettersRequest), lettersReply),
  ),
  operation(
    {
      path: `${base}/dead-letters/{letter}`,
      method: 'get',
      id: 'getDeadLetter',
      observedAs: 'dead_letter',
      tag: 'Staff',
      call: 'staff',
      summary: 'Read a dead letter',
      description: 'The event as it came, and why it could not be applied.',
      parameters: ['DeadLetterId'],
      answers: { 200: { description: 'The dead letter.', schema: 'DeadLetterAnswer' } },
      problems: ['not_found'],
    },
    ({ staff }) => withId(staff.deadLetter),
    sendNamed('dead_letter'),
    unary(service.getDeadLetter, input(GetDeadLetterRequest, ['id']), letterReply),
  ),
  operation(
    {
      path: `${base}/dead-letters/{letter}/replay`,
      method: 'post',
      id: 'replayDeadLetter',
      tag: 'Staff',
      call: 'staff',
      summary: 'Take the event of a dead letter again',
      description: 'Closes the letter when the event now applies, or is overtaken; else it stays open.',
      parameters: ['DeadLetterId', 'Idempotency-Key'],
      body: 'StaffActionRequest',
      bodyOptional: true,
      answers: {
        200: { description: 'The dead letter, closed.', schema: 'DeadLetterAnswer', headers: ['Idempotent-Replayed'] },
      },
      problems: actionProblems,
    },
    ({ staff }) => withIdAndInput(staff.replayDeadLetter),
    sendActed('dead_letter'),
    unary(service.replayDeadLetter, input(ReplayDeadLetterRequest, ['id']), actedLetterReply),
  ),
  operation(
    {
      path: `${base}/dead-letters/{letter}/discard`,
      method: 'post',
      id: 'discardDeadLetter',
      tag: 'Staff',
      call: 'staff',
      summary: 'Close a dead letter without taking its event',
      description: 'For what was settled otherwise, or never should have come.',
      parameters: ['DeadLetterId', 'Idempotency-Key'],
      body: 'StaffActionRequest',
      bodyOptional: true,
      answers: {
        200: { description: 'The dead letter, closed.', schema: 'DeadLetterAnswer', headers: ['Idempotent-Replayed'] },
      },
      problems: actionProblems,
    },
    ({ staff }) => withIdAndInput(staff.discardDeadLetter),
    sendActed('dead_letter'),
    unary(service.discardDeadLetter, input(DiscardDeadLetterRequest, ['id']), actedLetterReply),
  ),
];
