import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { types } from 'node:util';
import { cliVersion, daprCacheDir, oldestGo, releaseVersion } from './dapr-versions.js';
import { Failure } from './failure.js';
import { withFileLock } from './file-lock.js';
import { isExecutable } from './system-package.js';

const defaultBase = 'https://github.com/dapr';

/**
 * Fetches the official release archives of daprd, placement and the CLI, checks them against their published checksums
 * and unpacks them into the user's cache. ORDER_DAPR_DOWNLOAD_URL names another place with the same layout.
 * @returns the folder with the three programs
 * @throws Failure that says which other ways there are
 */
export async function downloadDapr(progress: (line: string) => void): Promise<string> {
  const base = (process.env['ORDER_DAPR_DOWNLOAD_URL'] ?? defaultBase).replace(/\/+$/, '');
  const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const target = daprCacheDir(releaseVersion);
  const parent = dirname(target);
  mkdirSync(parent, { recursive: true });
  const onWait = (pid: number): void => progress(`waiting for process ${pid}, which is downloading Dapr`);
  await withFileLock(join(parent, 'build.lock'), onWait, async () => {
    if (['daprd', 'placement', 'dapr'].every((name) => isExecutable(join(target, name)))) return;
    progress(`neither Dapr nor Go ${oldestGo} or newer was found; downloading Dapr ${releaseVersion} from ${base}`);
    const out = mkdtempSync(join(parent, 'fetching-'));
    try {
      const runtime = `${base}/dapr/releases/download/v${releaseVersion}`;
      await fetchProgram(`${runtime}/daprd_${platform}.tar.gz`, out, progress);
      await fetchProgram(`${runtime}/placement_${platform}.tar.gz`, out, progress);
      await fetchProgram(`${base}/cli/releases/download/v${cliVersion}/dapr_${platform}.tar.gz`, out, progress);
      rmSync(target, { recursive: true, force: true });
      renameSync(out, target);
    } catch (error) {
      if (error instanceof Failure) throw error;
      const cause = types.isNativeError(error) && types.isNativeError(error.cause) ? error.cause : error;
      const reason = types.isNativeError(cause) ? cause.message : String(cause);
      throw new Failure(
        `Dapr is required, is not installed, and could not be downloaded from ${base} (${reason}). Install Go ${oldestGo} ` +
          'or newer (Dapr is then built here), or install Dapr 1.18 or newer (`dapr init --slim`), ' +
          'or set ORDER_DAPR_DOWNLOAD_URL to a mirror of its release archives; then start again.',
      );
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  });
  return target;
}

async function fetchProgram(url: string, out: string, progress: (line: string) => void): Promise<void> {
  const archive = await fetchBytes(url);
  const published = /^[0-9a-f]{64}/i.exec((await fetchBytes(`${url}.sha256`)).toString('utf8').trim())?.[0];
  const actual = createHash('sha256').update(archive).digest('hex');
  if (published?.toLowerCase() !== actual) {
    throw new Failure(
      `${url} does not match its published checksum and was not used. Start again, or set another ORDER_DAPR_DOWNLOAD_URL.`,
    );
  }
  const file = join(out, 'archive.tar.gz');
  writeFileSync(file, archive);
  execFileSync('tar', ['-xzf', file, '-C', out], { stdio: 'pipe' });
  rmSync(file);
  progress(`downloaded ${url}`);
}

async function fetchBytes(url: string): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(300_000) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
