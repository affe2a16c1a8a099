import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { types } from 'node:util';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { z } from 'zod';

const keySchema = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string(),
  alg: z.literal('ES256'),
});
/** The private key of the development issuer, as a JWK. */
export type DevIssuerKey = z.infer<typeof keySchema>;

/** The key file is there and cannot be used. */
export class UnreadableKey extends Error {
  override readonly name = 'UnreadableKey';
}

const readKey = async (file: string): Promise<DevIssuerKey | undefined> => {
  try {
    return keySchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    if (types.isNativeError(cause) && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new UnreadableKey(`${file} is not the key of the development issuer; remove it to get a new one.`, { cause });
  }
};

const makeKey = async (): Promise<DevIssuerKey> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  return keySchema.parse({ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256' });
};

/** The development issuer's key, from `dev-issuer.json` in the data folder; the first process that needs it makes it. */
export async function devIssuerKey(folder: string): Promise<DevIssuerKey> {
  const file = join(folder, 'dev-issuer.json');
  const present = await readKey(file);
  if (present !== undefined) return present;

  await mkdir(folder, { recursive: true });
  const mine = `${file}.${randomUUID()}`;
  await writeFile(mine, JSON.stringify(await makeKey()), { mode: 0o600 });
  try {
    // A link appears whole and only once, so that of two processes that start together both use one key.
    await link(mine, file);
  } catch (error) {
    if (!(types.isNativeError(error) && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(mine);
  }
  const made = await readKey(file);
  if (made === undefined) throw new Error(`${file} vanished`);
  return made;
}

/** What the issuer publishes: its public key alone. */
export function publicKeySet({ kty, crv, x, y, kid, alg }: DevIssuerKey): { keys: JWK[] } {
  return { keys: [{ kty, crv, x, y, kid, alg, use: 'sig' }] };
}
