import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** The folder of package.json, found upwards from this file, so that it holds for the sources and for dist alike. */
export const projectRoot = findProjectRoot(__dirname);

/** The per-user cache folder of this platform (XDG_CACHE_HOME where set). */
export function userCacheDir(): string {
  const configured = process.env['XDG_CACHE_HOME'];
  if (configured) return resolve(configured);
  return process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache');
}

function findProjectRoot(from: string): string {
  let folder = from;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${from}`);
    folder = parent;
  }
  return folder;
}
