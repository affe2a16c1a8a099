// What has to happen before any compiled file can run: the right Node, the npm packages, the compiled sources.
// This file, preparation.mjs and end-request.mjs use nothing but Node's own modules, and no syntax that would keep an old
// Node from printing the first message.
import { spawn, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endSignals, watchForEndRequests } from './end-request.mjs';
import { prepare, Sentence } from './preparation.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** The same as in package.json, "engines"; a test compares them. */
const oldestNode = [20, 19];
/** A little longer than an orderly stop of every part takes at the most. */
const mostMsToEnd = 10_000;

/**
 * Prepares the checkout and then runs a compiled script with the arguments of this process, in its place. A signal, or the
 * death of the npm that runs this process, ends whatever is under way.
 */
export async function run(script) {
  const endRequests = watchForEndRequests();
  try {
    demandPlatform();
    await prepare(root, endRequests);
  } catch (error) {
    if (!(error instanceof Sentence)) throw error;
    console.error(error.message);
    process.exit(1);
  }
  if (endRequests.received !== undefined) process.exit(128 + endSignals[endRequests.received]);
  handOver(join(root, 'dist', 'scripts', script), endRequests);
}

function demandPlatform() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
    throw new Sentence(
      `Node.js ${oldestNode.join('.')} or newer is required; this is ${process.versions.node}. Install a newer version and try again.`,
    );
  }
  if (process.platform === 'win32') {
    throw new Sentence(
      'Windows is not supported directly. Run this in the Windows Subsystem for Linux (start it with wsl.exe).',
    );
  }
}

/** The Node that came with the packages (docs/adr/0017), where there is one for this platform that runs; else this one. */
function chooseNode() {
  const installed = join(root, 'node_modules', '.bin', 'node');
  return spawnSync(installed, ['--version']).status === 0 ? installed : process.execPath;
}

/**
 * Runs the compiled script; signals are passed on to it and its exit code is returned. It notices the death of this process
 * by the IPC channel. A script that does not end is killed; the guards of its stacks then end their processes.
 */
function handOver(script, endRequests) {
  const args = ['--enable-source-maps', script, ...process.argv.slice(2)];
  const child = spawn(chooseNode(), args, { cwd: process.cwd(), stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  child.once('error', (error) => {
    console.error(`Node.js could not be started: ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
  let limit;
  endRequests.onRequest((signal) => {
    child.kill(signal);
    if (limit === undefined) limit = setTimeout(() => child.kill('SIGKILL'), mostMsToEnd);
  });
}
