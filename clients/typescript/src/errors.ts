import type { Problem } from './api.js';

/** A code of the service; new ones may come. */
export type ErrorCode = Problem['code'];

/** The service refused a call, or could not carry it out. */
export class OrderServiceError extends Error {
  override readonly name: string = 'OrderServiceError';

  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(`${problem.code}: ${problem.detail ?? problem.title}`);
  }

  /** Distinguishes errors; messages may change. */
  get code(): ErrorCode {
    return this.problem.code;
  }

  /** Finds the request in the service's logs and traces. */
  get traceId(): string | undefined {
    return this.problem.trace_id;
  }

  /** Of `validation_failed`: each fault with its path. */
  get errors(): readonly { readonly path: string; readonly message: string }[] {
    return this.problem.errors ?? [];
  }
}

/** No answer came from the service within the time and the tries: whether the call took effect is not known. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** Whether this is an error of the service with that code: `isOrderError(error, 'version_conflict')`. */
export const isOrderError = (error: unknown, code?: ErrorCode): error is OrderServiceError =>
  error instanceof OrderServiceError && (code === undefined || error.code === code);
