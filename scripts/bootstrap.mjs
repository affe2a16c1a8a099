// What has to happen before any compiled file can run: the right Node, the npm packages, the compiled sources.
// Uses nothing but Node's own modules, and no syntax that would keep an old Node from printing the first message.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const oldestNode = [20, 19];

/** Prepares the checkout and then runs a compiled script with the arguments of this process, in its place. */
export function run(script) {
  try {
    demandPlatform();
    withLock(() => {
      installPackages();
      compile();
    });
  } catch (error) {
    if (!(error instanceof Sentence)) throw error;
    console.error(error.message);
    process.exit(1);
  }
  handOver(join(root, 'dist', 'scripts', script));
}

/** A fault told in words that say what to do. */
class Sentence extends Error {}

function demandPlatform() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
    throw new Sentence(
      `Node ${oldestNode.join('.')} or newer is needed; this is ${process.versions.node}. Install a newer one and start again.`,
    );
  }
  if (process.platform === 'win32') {
    throw new Sentence('Windows itself is not supported. Run this in the Windows Subsystem for Linux (wsl.exe).');
  }
}

/** One preparation at a time: a second one would pull the packages away from under the first. */
function withLock(work) {
  const folder = join(root, '.data');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'bootstrap.lock');
  for (let told = false; !take(file); told = true) {
    const holder = readIfThere(file);
    if (holder === undefined) continue;
    if (!isAlive(Number(holder))) rmSync(file, { force: true });
    else if (!told) say(`waiting for process ${holder}, which is preparing this checkout`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  }
  const release = () => rmSync(file, { force: true });
  const interrupted = () => {
    release();
    process.exit(130);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.once(signal, interrupted);
  try {
    work();
  } finally {
    release();
    for (const signal of signals) process.removeListener(signal, interrupted);
  }
}

function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function installPackages() {
  const stamp = join(root, 'node_modules', '.order-service-stamp');
  const lock = readFileSync(join(root, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).update(`${process.platform} ${process.arch}`).digest('hex');
  if (readIfThere(stamp) === wanted) return;
  if (!installedMatches(JSON.parse(lock.toString()))) {
    say('installing npm packages (about half a minute)');
    const exactly = npm('ci');
    // npm ci refuses a lock file in which optional packages of other platforms are missing, which happens where a
    // registry mirror does not have them. npm install leaves those out and takes all others as they are locked.
    const outcome = exactly.status === 0 ? exactly : npm('install', '--no-save');
    if (outcome.status !== 0) {
      console.error(exactly.stderr + outcome.stderr);
      throw new Sentence(
        'The npm packages could not be installed; npm says why above. Run `npm ci` until it works, then start again.',
      );
    }
  }
  writeFileSync(stamp, wanted);
}

function npm(...command) {
  const args = [...command, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const own = process.env.npm_execpath;
  const options = { cwd: root, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' };
  const outcome = own ? spawnSync(process.execPath, [own, ...args], options) : spawnSync('npm', args, options);
  if (outcome.error) throw new Sentence(`npm is needed and cannot be run: ${outcome.error.message}.`);
  return outcome;
}

/** Whether what npm last installed here is what the lock file asks for: packages for other platforms may be missing. */
function installedMatches(lock) {
  const text = readIfThere(join(root, 'node_modules', '.package-lock.json'));
  if (text === undefined) return false;
  const installed = JSON.parse(text).packages;
  const wanted = Object.entries(lock.packages).filter(([path]) => path !== '');
  if (Object.keys(installed).some((path) => !(path in lock.packages))) return false;
  return wanted.every(([path, entry]) => {
    const actual = installed[path];
    if (actual) return actual.version === entry.version && actual.integrity === entry.integrity;
    return entry.optional === true && !isForHere(entry);
  });
}

const isForHere = ({ os = process.platform, cpu = process.arch }) =>
  [os].flat().includes(process.platform) && [cpu].flat().includes(process.arch);

function compile() {
  const stamp = join(root, 'dist', '.sources');
  const sources = listSources(root);
  const seen = sources.map((path) => {
    const { mtimeMs, size } = statSync(path);
    return `${relative(root, path)} ${mtimeMs} ${size}`;
  });
  const wanted = createHash('sha256').update(seen.join('\n')).digest('hex');
  if (readIfThere(stamp) === wanted) return;
  say('compiling');
  removeOrphans(new Set(sources.map((path) => relative(root, path))));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const outcome = spawnSync(process.execPath, [tsc, '-p', root], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (outcome.status !== 0)
    throw new Sentence('The sources do not compile; the errors are above. Correct them and start again.');
  writeFileSync(stamp, wanted);
}

function listSources(folder) {
  const skipped = new Set(['node_modules', 'dist', 'coverage']);
  const entries = readdirSync(folder, { withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && (entry.name.endsWith('.ts') || entry.name === 'tsconfig.json'))
    .map((entry) => join(folder, entry.name));
  const folders = entries.filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.') && !skipped.has(entry.name),
  );
  return [...files, ...folders.flatMap((entry) => listSources(join(folder, entry.name)))].sort();
}

/** Removes compiled files whose source is gone: a deleted test must not go on running. */
function removeOrphans(sources) {
  const dist = join(root, 'dist');
  if (!existsSync(dist)) return;
  for (const name of readdirSync(dist, { recursive: true })) {
    const match = /^(.*)\.js(\.map)?$/.exec(name);
    if (!match || sources.has(`${match[1].split(sep).join('/')}.ts`)) continue;
    rmSync(join(dist, name), { force: true });
    // The incremental record would take the file for written.
    rmSync(join(dist, 'tsconfig.tsbuildinfo'), { force: true });
  }
}

/** The Node that came with the packages (docs/adr/0017), where there is one for this platform that runs; else this one. */
function chooseNode() {
  const installed = join(root, 'node_modules', '.bin', 'node');
  return spawnSync(installed, ['--version']).status === 0 ? installed : process.execPath;
}

/** Runs the compiled script; signals go on to it, its exit code comes back. It learns of our death by its channel to us. */
function handOver(script) {
  const args = ['--enable-source-maps', script, ...process.argv.slice(2)];
  const child = spawn(chooseNode(), args, { cwd: process.cwd(), stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(`Node could not be started: ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function say(line) {
  console.log(`· ${line}`);
}
