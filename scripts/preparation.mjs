// Installs the npm packages and compiles the sources where that has to be done; see bootstrap.mjs.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** A fault described in plain sentences that say what to do. */
export class Sentence extends Error {}

/**
 * Installs and compiles what is missing or out of date. Returns early, with everything it started ended, when the end of
 * this process is requested.
 */
export async function prepare(root, endRequests) {
  await withLock(root, endRequests, async () => {
    await installPackages(root, endRequests);
    if (endRequests.received === undefined) await compile(root, endRequests);
  });
}

/** One preparation at a time: a second one would replace the packages while the first one uses them. */
async function withLock(root, endRequests, work) {
  const folder = join(root, '.data');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'bootstrap.lock');
  for (let told = false; !take(file);) {
    const holder = readIfThere(file);
    if (holder === undefined) continue;
    if (!isAlive(Number(holder))) rmSync(file, { force: true });
    else if (!told) say(`waiting for process ${holder}, which is preparing this checkout`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 300));
    if (endRequests.received !== undefined) return;
  }
  try {
    await work();
  } finally {
    rmSync(file, { force: true });
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

async function installPackages(root, endRequests) {
  const stamp = join(root, 'node_modules', '.order-service-stamp');
  const lock = readFileSync(join(root, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).update(`${process.platform} ${process.arch}`).digest('hex');
  if (readIfThere(stamp) === wanted) return;
  if (!installedMatches(root, JSON.parse(lock.toString()))) {
    say('installing the npm packages (about half a minute)');
    const exactly = await npm(root, endRequests, 'ci');
    if (endRequests.received !== undefined) return;
    // npm ci refuses a lock file in which optional packages of other platforms are missing, which happens where a
    // registry mirror does not have them. npm install leaves those out and takes all others as they are locked.
    const outcome = exactly.status === 0 ? exactly : await npm(root, endRequests, 'install', '--no-save');
    if (endRequests.received !== undefined) return;
    if (outcome.status !== 0) {
      console.error(exactly.stderr + outcome.stderr);
      throw new Sentence(
        'The npm packages could not be installed; the output of npm above says why. Run `npm ci` until it succeeds, then try again.',
      );
    }
  }
  writeFileSync(stamp, wanted);
}

function npm(root, endRequests, ...command) {
  const args = [...command, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const own = process.env.npm_execpath;
  const stdio = ['ignore', 'ignore', 'pipe'];
  return own
    ? runStep(process.execPath, [own, ...args], { cwd: root, stdio }, endRequests)
    : runStep('npm', args, { cwd: root, stdio }, endRequests);
}

/** Runs a program in a process group of its own, which is ended as a whole when the end of this process is requested. */
async function runStep(program, args, options, endRequests) {
  const child = spawn(program, args, { ...options, detached: true });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => (stderr += text));
  const forget = endRequests.onRequest(() => {
    // Nothing it writes counts until it has succeeded, so that it need not end in good order.
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL');
  });
  try {
    const status = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { status, stderr };
  } catch (error) {
    throw new Sentence(`${program} is required and could not be run: ${error.message}.`);
  } finally {
    forget();
  }
}

/** Whether what npm last installed here is what the lock file asks for: packages for other platforms may be missing. */
function installedMatches(root, lock) {
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

async function compile(root, endRequests) {
  const stamp = join(root, 'dist', '.sources');
  const sources = listSources(root);
  const seen = sources.map((path) => {
    const { mtimeMs, size } = statSync(path);
    return `${relative(root, path)} ${mtimeMs} ${size}`;
  });
  const wanted = createHash('sha256').update(seen.join('\n')).digest('hex');
  if (readIfThere(stamp) === wanted) return;
  say('compiling');
  removeOrphans(root, new Set(sources.map((path) => relative(root, path))));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] };
  const outcome = await runStep(process.execPath, [tsc, '-p', root], options, endRequests);
  if (endRequests.received !== undefined) return;
  if (outcome.status !== 0)
    throw new Sentence('The sources do not compile; the errors are above. Correct them and try again.');
  const built = await runStep(process.execPath, [join(root, 'scripts', 'console-build.mjs')], options, endRequests);
  if (endRequests.received !== undefined) return;
  if (built.status !== 0) throw new Sentence('The console could not be built; the errors are above.');
  writeFileSync(stamp, wanted);
}

function listSources(folder) {
  const skipped = new Set(['node_modules', 'dist', 'coverage']);
  const entries = readdirSync(folder, { withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && (/\.(tsx?|css|html)$/.test(entry.name) || entry.name === 'tsconfig.json'))
    .map((entry) => join(folder, entry.name));
  const folders = entries.filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.') && !skipped.has(entry.name),
  );
  return [...files, ...folders.flatMap((entry) => listSources(join(folder, entry.name)))].sort();
}

/** Removes compiled files whose source is gone: a deleted test must not go on running. */
function removeOrphans(root, sources) {
  const dist = join(root, 'dist');
  if (!existsSync(dist)) return;
  for (const name of readdirSync(dist, { recursive: true })) {
    const match = /^(?!(?:console|reference)[\\/])(.*)\.js(\.map)?$/.exec(name);
    if (!match || sources.has(`${match[1].split(sep).join('/')}.ts`)) continue;
    rmSync(join(dist, name), { force: true });
    // The incremental record would take the file for written.
    rmSync(join(dist, 'tsconfig.tsbuildinfo'), { force: true });
  }
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
