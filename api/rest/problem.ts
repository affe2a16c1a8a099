import type { ErrorRequestHandler, Request, Response } from 'express';
import type { Logger } from 'pino';
import { routeOf } from '../../observability/route.js';
import { detailNaming, errorTable, mostNamedFaults, type Problem } from '../errors.js';
import { traceIdOf } from '../../observability/trace-context.js';
import { keepOrLinger } from './linger.js';

/** A problem as RFC 9457 writes it, with the trace of this request. */
export const problemDocument = ({ code, detail, errors }: Problem) => {
  const { http, title } = errorTable[code];
  const named = errors?.slice(0, mostNamedFaults);
  return {
    type: `/problems/${code}`,
    title,
    status: http,
    detail: detailNaming(detail ?? `${title}.`, named?.length ?? 0, errors?.length ?? 0),
    code,
    trace_id: traceIdOf(),
    errors: named,
  };
};

/** Answers with a problem (RFC 9457), which is all that a client learns of a refusal. */
export const sendProblem = (response: Response, { code, detail, errors, retryAfter, allow }: Problem): void => {
  const { http } = errorTable[code];
  if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter));
  if (allow !== undefined) response.set('Allow', allow.join(', '));
  keepOrLinger(response);
  response.locals['code'] = code;
  if (code === 'unauthenticated') response.set('WWW-Authenticate', 'Bearer');
  response
    .status(http)
    .type('application/problem+json')
    .send(JSON.stringify(problemDocument({ code, detail, errors })));
};

/** The type of an error for a body that is not UTF-8. */
export const notUtf8 = 'encoding.not.utf8';

interface HttpError {
  readonly status?: unknown;
  readonly type?: unknown;
}

/** What the body parser and the router throw at a client's fault; anything else is ours. */
const problemIn = (error: unknown, tooLarge: unknown): Problem => {
  const { status, type } = (typeof error === 'object' && error !== null ? error : {}) as HttpError;
  if (status === 413) return { code: 'payload_too_large', detail: typeof tooLarge === 'string' ? tooLarge : undefined };
  if (status === 415) return { code: 'unsupported_media_type' };
  if (type === notUtf8)
    return {
      code: 'validation_failed',
      detail: 'The body is not UTF-8.',
      errors: [{ path: '', message: 'is not UTF-8' }],
    };
  if (type === 'entity.parse.failed')
    return {
      code: 'validation_failed',
      detail: 'The body is not valid JSON.',
      errors: [{ path: '', message: 'is not valid JSON' }],
    };
  if (typeof status === 'number' && status >= 400 && status < 500)
    return {
      code: 'validation_failed',
      detail: 'The request is malformed.',
      errors: [{ path: '', message: 'is malformed' }],
    };
  return { code: 'internal' };
};

/** The last middleware: every exception becomes a problem, and nothing of ours leaks. */
export const problemMiddleware =
  (log: Logger): ErrorRequestHandler =>
  (error: unknown, request: Request, response: Response, next) => {
    const problem = problemIn(error, response.locals['bodyTooLarge']);
    if (problem.code === 'internal')
      log.error({ err: error, method: request.method, route: routeOf(request) }, 'request failed');
    // A body that went on after it was refused ends here as well.
    if (response.writableEnded && problem.code !== 'internal') return;
    if (response.headersSent) next(error);
    else sendProblem(response, problem);
  };
