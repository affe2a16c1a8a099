import { type Response, Router } from 'express';
import type { Channel } from '../../actors/command-envelope.js';
import type { DeadLetterView } from '../../actors/dead-letters.js';
import type { EffectView } from '../../actors/ledger.js';
import type { StaffOperations } from '../staff-operations.js';
import { allowing, answering, parameter, sendJson } from './handle.js';

const sendEffect = (response: Response, effect: EffectView): void => {
  sendJson(response, { effect });
};

const sendLetter = (response: Response, letter: DeadLetterView): void => {
  sendJson(response, { dead_letter: letter });
};

/** The staff routes of SPEC section 1: the effects ledger and the dead letters. Mounted before `/:id`. */
export const staffRoutes = (staff: StaffOperations, channel: Channel): Router => {
  const router = Router();
  const answer = answering(channel);

  router
    .route('/effects')
    .get(
      answer(
        (request, context) => staff.effects(request.query, context),
        (response, { entries, nextPageToken }) => {
          sendJson(response, { effects: entries, next_page_token: nextPageToken });
        },
      ),
    )
    .all(allowing('GET'));
  router
    .route('/:id/effects')
    .get(
      answer(
        (request, context) => staff.orderEffects(parameter(request, 'id'), context),
        (response, effects) => {
          sendJson(response, { effects });
        },
      ),
    )
    .all(allowing('GET'));
  for (const [action, call] of [
    ['retry', staff.retryEffect],
    ['resolve', staff.resolveEffect],
  ] as const)
    router
      .route(`/:id/effects/:key/${action}`)
      .post(
        answer(
          (request, context) => call(parameter(request, 'id'), parameter(request, 'key'), request.body, context),
          sendEffect,
        ),
      )
      .all(allowing('POST'));

  router
    .route('/dead-letters')
    .get(
      answer(
        (request, context) => staff.deadLetters(request.query, context),
        (response, { entries, nextPageToken }) => {
          sendJson(response, { dead_letters: entries, next_page_token: nextPageToken });
        },
      ),
    )
    .all(allowing('GET'));
  router
    .route('/dead-letters/:letter')
    .get(answer((request, context) => staff.deadLetter(parameter(request, 'letter'), context), sendLetter))
    .all(allowing('GET'));
  for (const [action, call] of [
    ['replay', staff.replayDeadLetter],
    ['discard', staff.discardDeadLetter],
  ] as const)
    router
      .route(`/dead-letters/:letter/${action}`)
      .post(answer((request, context) => call(parameter(request, 'letter'), request.body, context), sendLetter))
      .all(allowing('POST'));
  return router;
};
