import { types } from 'node:util';
import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from 'pino';

/** A request that the sandbox turns down; answered as `application/problem+json` (RFC 9457). */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly errors: { path: string; message: string }[] | undefined;

  constructor(status: number, code: string, detail: string, errors?: { path: string; message: string }[]) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

const TITLES: Record<string, string> = {
  validation_failed: 'Validation failed',
  forbidden: 'Forbidden',
  not_found: 'Not found',
  payload_too_large: 'Payload too large',
  idempotency_key_reused: 'Idempotency key reused',
  rejected: 'Rejected',
  unavailable: 'Unavailable',
  internal: 'Internal error',
};

/** Answers a problem; 503 asks to come back after a second. */
export function sendProblem(res: Response, problem: Problem): void {
  if (problem.status === 503) res.set('retry-after', '1');
  res
    .status(problem.status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: 'about:blank',
        title: TITLES[problem.code] ?? problem.code,
        status: problem.status,
        detail: problem.message,
        code: problem.code,
        ...(problem.errors === undefined ? {} : { errors: problem.errors }),
      }),
    );
}

const problemOf = (error: unknown): Problem | undefined => {
  if (error instanceof Problem) return error;
  if (!types.isNativeError(error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  if (error.status < 400 || error.status > 499) return undefined;
  if (error.status === 413) return new Problem(413, 'payload_too_large', 'The body is too large.');
  return new Problem(error.status, 'validation_failed', 'The request or its body cannot be read as JSON.');
};

/** Turns what a route throws into a problem: unreadable requests 4xx, all else 500, logged. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) {
      next(error);
      return;
    }
    const problem = problemOf(error);
    if (problem === undefined) log.error({ err: error, method: req.method, path: req.path }, 'request failed');
    sendProblem(res, problem ?? new Problem(500, 'internal', 'The sandbox failed.'));
  };
}
