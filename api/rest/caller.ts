import type { RequestHandler } from 'express';
import { fail, ok } from '../errors.js';
import { callerByToken } from '../headers.js';
import type { Tokens } from '../tokens.js';
import { type CallerOf, headersOf, callerIn } from './context.js';
import { sendProblem } from './problem.js';
import { type Call, roleRefusal } from '../caller.js';

/** Callers of the public port, by their bearer token. */
export const byToken =
  (tokens: Tokens): CallerOf =>
  (request) =>
    callerByToken(tokens, headersOf(request));

/**
 * Callers by service invocation, by the app id that our own sidecar states. Only for the private port, behind the app
 * token: anybody could write this header elsewhere.
 *
 * @param known app ids that count as services
 */
export const bySidecar =
  (known: readonly string[]): CallerOf =>
  (request) => {
    const appId = headersOf(request)('dapr-caller-app-id');
    const result =
      appId !== undefined && known.includes(appId)
        ? ok({ type: 'service', id: appId } as const)
        : fail({ code: 'unauthenticated', detail: 'The calling app is not on the list of known services.' });
    return Promise.resolve(result);
  };

/** Requests without a known caller are refused. */
export const authenticate =
  (callerOf: CallerOf): RequestHandler =>
  async (request, response, next) => {
    const caller = await callerOf(request);
    if (!caller.ok) {
      sendProblem(response, caller.problem);
      return;
    }
    response.locals['caller'] = caller.value;
    next();
  };

/** Refuses callers whose role can never make this call, before anything else of the request is looked at. */
export const permitted =
  (call: Call): RequestHandler =>
  (_request, response, next) => {
    const refused = roleRefusal(callerIn(response), call);
    if (refused === undefined) next();
    else sendProblem(response, refused);
  };
