import type { Caller } from '../../actors/rules/order-parts.js';
import { fail, type Result } from '../errors.js';
import { bearerTokenIn, type HeaderOf } from '../headers.js';
import type { Tokens } from '../tokens.js';

const unauthenticated = fail({ code: 'unauthenticated', detail: 'A bearer token is required.' });

/** The caller by the bearer token in the call's metadata, as on the REST port. */
export const callerByToken = (tokens: Tokens, metadata: HeaderOf): Promise<Result<Caller>> => {
  const token = bearerTokenIn(metadata);
  return token === undefined ? Promise.resolve(unauthenticated) : tokens.callerOf(token);
};
