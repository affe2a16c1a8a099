import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isErrnoException } from './process-table.js';

/** The text of a file; undefined when there is no such file. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isErrnoException(error) && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What a JSON file holds; undefined when there is none, or a process that was killed left it half-written. */
export function readJsonIfWhole(path: string): unknown {
  const text = readIfThere(path);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Replaces a JSON file in one step: readers see the old one or the new one. */
export function writeJson(path: string, value: unknown): void {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(value));
  renameSync(temporary, path);
}

/**
 * Makes a folder that only its user can look into, or makes a present one so. Root's can be entered too, though not listed,
 * since Postgres then runs as another user whose folder is inside.
 */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, process.getuid?.() === 0 ? 0o711 : 0o700);
}

/** Makes a folder inside a data folder, or a present one of an earlier version, private to its user, root or not. */
export function makeOwnFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
}
