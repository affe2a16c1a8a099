// What asks a script of package.json to end: a signal, or the death of the npm that runs it.
import { basename } from 'node:path';

/** The signals that ask for an end, with their numbers. */
export const endSignals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/**
 * Watches for signals and for the death of npm, which is treated as SIGTERM. npm passes signals on to its direct child,
 * therefore the script lines in package.json begin with `exec`; a killed npm passes nothing on.
 * @returns `received` is the first signal; `onRequest` calls the listener for every signal, those already received too
 */
export function watchForEndRequests() {
  const received = [];
  const listeners = new Set();
  const request = (signal) => {
    received.push(signal);
    for (const listener of listeners) listener(signal);
  };
  for (const signal of Object.keys(endSignals)) process.on(signal, () => request(signal));
  if (isRunByNpm()) onParentDeath(() => request('SIGTERM'));
  return {
    get received() {
      return received[0];
    },
    /** Returns a function that removes the listener. */
    onRequest(listener) {
      listeners.add(listener);
      received.forEach((signal) => listener(signal));
      return () => listeners.delete(listener);
    },
  };
}

/**
 * Whether npm (or pnpm, yarn) runs this very script. A script that was started by hand, in the background or by a service
 * manager may outlive its parent; npm's variables may then be there too, inherited from another script.
 */
function isRunByNpm() {
  return process.env.npm_lifecycle_script?.includes(`scripts/${basename(process.argv[1] ?? '')}`) ?? false;
}

/** Calls back once when the parent of this process has died: the process then has another one. */
function onParentDeath(callBack) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callBack();
  }, 500);
  timer.unref();
}
