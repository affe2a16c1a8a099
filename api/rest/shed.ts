import type { RequestHandler } from 'express';
import { unavailable } from '../errors.js';
import { sendProblem } from './problem.js';

/**
 * Turns requests that would change something away while there is more to do than can be done, before their caller, body or
 * order is looked at: whoever is refused must cost next to nothing, or refusing is all that is done. Reads go on.
 *
 * @param onTurnedAway called for each
 */
export const shedChanges =
  (isFull: () => boolean, onTurnedAway: () => void): RequestHandler =>
  (request, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD' || !isFull()) {
      next();
      return;
    }
    onTurnedAway();
    sendProblem(response, unavailable);
  };
