import { join } from 'node:path';
import { issueLink } from '../api/sign-in-links.js';
import { signDevToken } from './dev-token.js';

/** Where the one-time sign-in links of a data folder wait; the replicas redeem them. */
export const linksFolder = (dataDir: string): string => join(dataDir, 'console-links');

/** A link that opens the console signed in as staff: once, within a quarter of an hour, on this machine. */
export const consoleLink = async (dataDir: string, base: string, env: NodeJS.ProcessEnv): Promise<string> => {
  const request = { role: 'staff', sub: undefined, ttlSeconds: undefined } as const;
  const token = await signDevToken(request, { ...env, ORDER_DATA_DIR: dataDir });
  // In the fragment: it reaches no log and no other server.
  return `${base}/console#sign-in=${await issueLink(linksFolder(dataDir), token, Date.now())}`;
};
