import { types } from 'node:util';
/** An error as a log line shows it. */
export interface LoggedError {
  readonly type: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly stack?: string;
}

/** Postgres' "data exceptions" quote the value at fault, JSON.parse a piece of the text. */
const quotesInput = (error: Error, code: unknown): boolean =>
  error instanceof SyntaxError || (typeof code === 'string' && /^22[0-9A-Z]{3}$/.test(code));

/**
 * An error cut down to what says where it is from: its other fields may repeat a row or a request, and so personal data.
 * Where the message itself quotes input, the quotation is left out; the stack is the frames alone, without the message.
 */
export const loggedError = (error: unknown): LoggedError => {
  if (!types.isNativeError(error)) return { type: typeof error };
  const { name, message, stack = '' } = error;
  const { code } = error as { readonly code?: unknown };
  const frames = stack.indexOf('\n    at ');
  return {
    type: name,
    message: quotesInput(error, code) ? message.replace(/".*"/s, '"…"') : message,
    ...(code === undefined ? {} : { code }),
    ...(frames === -1 ? {} : { stack: stack.slice(frames + 1) }),
  };
};
