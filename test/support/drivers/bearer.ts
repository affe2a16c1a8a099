import type { StackDescription } from '../../../scripts/stack-types.js';
import type { CallOptions } from '../driver.js';
import { service, tokenFor } from '../tokens.js';

/** The value of `authorization` that a call asks for; undefined: none. */
export const bearer = async (stack: StackDescription, { caller, token }: CallOptions): Promise<string | undefined> => {
  if (token === null) return undefined;
  return `Bearer ${token ?? (await tokenFor(caller ?? service, stack))}`;
};
