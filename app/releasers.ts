import type { Logger } from 'pino';

/** Undoes what was acquired, the last first. */
export interface Releasers {
  push(name: string, release: () => unknown): void;
  /** Runs every release, even after one has failed; true when all went well. */
  releaseAll(): Promise<boolean>;
}

/** Each acquisition pushes its own release, so that a start that fails half-way leaves nothing behind. */
export const createReleasers = (log: Logger): Releasers => {
  const stack: { readonly name: string; readonly release: () => unknown }[] = [];
  return {
    push: (name, release) => {
      stack.push({ name, release });
    },
    releaseAll: async () => {
      let clean = true;
      for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
        try {
          await next.release();
          log.info({ released: next.name }, 'released');
        } catch (error) {
          clean = false;
          log.error({ err: error, releasing: next.name }, 'a release failed');
        }
      }
      return clean;
    },
  };
};
