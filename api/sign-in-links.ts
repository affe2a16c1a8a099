import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { types } from 'node:util';
import { z } from 'zod';

/** One-time links that open the console signed in, on a development machine. */
export interface SignInLinks {
  /** The token of a link, once: of several who ask, on any replica, one gets it. */
  redeem(code: string): Promise<string | undefined>;
}

const linkSchema = z.object({ token: z.string(), expires_at: z.number() });
const lifetimeMs = 15 * 60_000;

/** The code is not in the name of its file: who can list the folder cannot use the link. */
const fileOf = (folder: string, code: string): string =>
  path.join(folder, `${createHash('sha256').update(code).digest('hex')}.json`);

const isMissing = (error: unknown): boolean => types.isNativeError(error) && 'code' in error && error.code === 'ENOENT';

/** Redeems links from the folder that {@link issueLink} writes to. */
export const createSignInLinks = (folder: string, now: () => number): SignInLinks => ({
  redeem: async (code) => {
    const claimed = path.join(folder, `${randomUUID()}.claimed`);
    try {
      // A rename succeeds for one caller only, in all processes.
      await rename(fileOf(folder, code), claimed);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    try {
      const link = linkSchema.parse(JSON.parse(await readFile(claimed, 'utf8')));
      return link.expires_at > now() ? link.token : undefined;
    } finally {
      await rm(claimed, { force: true });
    }
  },
});

/** Keeps a token for one use within a quarter of an hour. Answers the code that redeems it. */
export const issueLink = async (folder: string, token: string, now: number): Promise<string> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const old = linkSchema.safeParse(JSON.parse(await readFile(file, 'utf8').catch(() => 'null')));
    if (old.success && old.data.expires_at <= now) await rm(file, { force: true });
  }
  const code = randomBytes(32).toString('base64url');
  await writeFile(fileOf(folder, code), JSON.stringify({ token, expires_at: now + lifetimeMs }), { mode: 0o600 });
  return code;
};
