import type { RequestHandler } from 'express';
import { type Call, roleRefusal } from '../caller.js';
import { callerIn } from './context.js';
import { sendProblem } from './problem.js';

/** Refuses callers whose role can never make this call, before anything else of the request is looked at. */
export const permitted =
  (call: Call): RequestHandler =>
  (_request, response, next) => {
    const refused = roleRefusal(callerIn(response), call);
    if (refused === undefined) next();
    else sendProblem(response, refused);
  };
