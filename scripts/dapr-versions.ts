import { join } from 'node:path';
import { userCacheDir } from './paths.js';

/** The version tools/dapr builds. */
export const builtVersion = '1.18.1';
/** What is built from it, counted on with every change of the sources in tools/: caches keep them apart. */
export const builtRevision = `${builtVersion}-4`;
/** The CLI tools/dapr-cli builds; the same is downloaded. */
export const cliVersion = '1.16.5';
/** The runtime taken from the release archives where there is no Go. */
export const releaseVersion = '1.18.3';
/** The oldest runtime and CLI that are good enough when found on the machine. */
export const oldestRuntime = '1.18.0';
export const oldestCli = '1.16.0';
/** The oldest Go that builds it. */
export const oldestGo = '1.26.4';

/** The folder below the user's cache that holds one version of Dapr. */
export function daprCacheDir(version: string): string {
  return join(userCacheDir(), 'order-service', 'dapr', version);
}

/** Compares dotted versions by their numbers. */
export function isAtLeast(version: string, oldest: string): boolean {
  const numbers = (text: string): number[] => text.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [have, want] = [numbers(version), numbers(oldest)];
  for (const [index, wanted] of want.entries()) {
    const own = have[index] ?? 0;
    if (own !== wanted) return own > wanted;
  }
  return true;
}
