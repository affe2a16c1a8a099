import { join, resolve } from 'node:path';

/** A variable of the environment; an empty one counts as not set. */
export function setting(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

/** The data folder of this machine: `ORDER_DATA_DIR`, else `.data` in the project root. */
export function dataFolder(env: NodeJS.ProcessEnv): string {
  // Compiled, this file is dist/configs/data-folder.js.
  return resolve(setting(env, 'ORDER_DATA_DIR') ?? join(__dirname, '..', '..', '.data'));
}
