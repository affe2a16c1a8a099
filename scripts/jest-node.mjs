// Lets `npx jest` do what `npm test` does: run on the Node that came with the packages, with ES modules to be had by require.
import { spawn, spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import path from 'node:path';

/** For `require` of packages that are ES modules only. */
const jestFlags = ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning', '--enable-source-maps'];

const root = path.resolve(import.meta.dirname, '..');

/** The Node of the packages where it runs on this platform, else the one that is running. */
function ownNode() {
  const installed = path.join(root, 'node_modules', '.bin', 'node');
  return spawnSync(installed, ['--version']).status === 0 ? installed : process.execPath;
}

/** How Jest must be started here; paths of sources mean what was compiled from them. */
function jestCommand(args) {
  const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  return [
    ownNode(),
    [...jestFlags, jest, ...args.map((arg) => (arg.startsWith('-') ? arg : arg.replace(/\.ts$/, '.js')))],
  ];
}

/** Whether this process is such a Jest already. */
const isAsWanted = () =>
  process.execArgv.includes(jestFlags[0]) && realpathSync(process.execPath) === realpathSync(ownNode());

/** Where Jest was started otherwise: starts it again as it must be, and ends with its code. */
export async function rerunOnOwnNode() {
  // Others read the configuration, too (knip): they must not start a run.
  if (!/[\\/]jest(\.js)?$/.test(process.argv[1] ?? '')) return;
  if (isAsWanted()) {
    endWithParent();
    return;
  }
  const [program, args] = jestCommand(process.argv.slice(2));
  const child = spawn(program, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => resolve(status ?? 1));
  });
  process.exit(code);
}

/** A parent that was killed could not tell; its channel to this process ends. */
function endWithParent() {
  if (!process.connected) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
}
