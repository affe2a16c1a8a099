import type { ProcessEnd, ProcessHandle } from './managed-process.js';

const mostQuickEnds = 5;
const quickMs = 5_000;

/**
 * Answers what starts a process again that has ended unasked: with two replicas the service goes on meanwhile. What ends five
 * times in a row within five seconds of its start is hopeless.
 */
export function createReviver(options: {
  say(line: string): void;
  /** Called when something keeps dying. */
  onHopeless(sentence: string): void;
}): (handle: ProcessHandle, end: ProcessEnd) => Promise<void> {
  const restarts = new Map<ProcessHandle, { readonly at: number; readonly quickEnds: number }>();
  return async (handle, end) => {
    const last = restarts.get(handle);
    const quickEnds = last !== undefined && Date.now() - last.at < quickMs ? last.quickEnds + 1 : 0;
    if (quickEnds >= mostQuickEnds) {
      options.onHopeless(
        `${handle.name} ended five times in a row within five seconds of its start. Its log says why; correct that and start again.`,
      );
      return;
    }
    options.say(`${handle.name} ended (${end.signal ?? `exit code ${end.code ?? 0}`}); restarting it`);
    restarts.set(handle, { at: Date.now(), quickEnds });
    await handle.restart();
  };
}
