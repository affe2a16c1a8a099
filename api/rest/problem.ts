import type { ServerResponse } from 'node:http';
import type { ErrorRequestHandler, Request, Response } from 'express';
import type { Logger } from 'pino';
import { routeOf } from '../../observability/logging.js';
import { detailNaming, errorTable, mostNamedFaults, type Problem } from '../errors.js';
import { traceIdOf } from '../../observability/spans.js';
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

/** Writes a problem (RFC 9457), which is all that a client learns of a refusal; also where there is no Express. */
export const writeProblem = (response: ServerResponse, { code, detail, errors, retryAfter, allow }: Problem): void => {
  if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
  if (allow !== undefined) response.setHeader('Allow', allow.join(', '));
  keepOrLinger(response);
  if (code === 'unauthenticated') response.setHeader('WWW-Authenticate', 'Bearer');
  const text = JSON.stringify(problemDocument({ code, detail, errors }));
  response
    .writeHead(errorTable[code].http, {
      'Content-Type': 'application/problem+json; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
    })
    .end(text);
};

/** Answers with a problem and notes its code for the metrics. */
export const sendProblem = (response: Response, problem: Problem): void => {
  response.locals['code'] = problem.code;
  writeProblem(response, problem);
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
