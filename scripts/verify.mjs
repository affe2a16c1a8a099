// `npm run verify`: all that must hold before a change is handed in. Works on uncommitted changes too: the tree is compared with what it was before.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');

/** @param {string[]} args @returns {string} */
const git = (...args) => {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
};

/** Hash of every file below `folder` that git tracks or would, by path. */
const tree = (folder = '.') =>
  new Map(
    git('ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', folder)
      .split('\0')
      .filter((file) => file !== '' && existsSync(path.join(root, file)))
      .map((file) => [
        file,
        createHash('sha256')
          .update(readFileSync(path.join(root, file)))
          .digest('hex'),
      ]),
  );

/** @returns {string[]} one line for each file that differs */
const differences = (before, after) =>
  [...new Set([...before.keys(), ...after.keys()])]
    .filter((file) => before.get(file) !== after.get(file))
    .map((file) => `${!before.has(file) ? 'new    ' : !after.has(file) ? 'gone   ' : 'changed'} ${file}`);

/** @returns {boolean} whether the npm script succeeded */
const run = (script) => spawnSync('npm', ['run', '--silent', script], { cwd: root, stdio: 'inherit' }).status === 0;

/** Whether `step` succeeds and leaves the files below `folder` as they were. */
const leaves = (folder, hint, step) => {
  const before = tree(folder);
  if (!step()) return false;
  const changed = differences(before, tree(folder));
  if (changed.length > 0) console.error(`${hint}\n  ${changed.join('\n  ')}`);
  return changed.length === 0;
};

const quick = [
  ['format', () => run('format:check')],
  ['types', () => run('build')],
  ['lint', () => run('lint')],
  ['proto', () => run('proto:lint') && run('proto:breaking')],
  [
    'generated',
    () => leaves('proto/gen', 'proto/gen was out of date; it has been regenerated:', () => run('generate')),
  ],
  ['unused', () => run('knip')],
];
// These need real parts, so they wait until the quick ones hold.
const slow = [
  ['schema', () => run('schema:check')],
  ['tests', () => run('test')],
];

const start = tree();
const failed = [];
const take = ([name, step]) => {
  console.log(`\n== ${name}`);
  const began = performance.now();
  const ok = step();
  console.log(`== ${name}: ${ok ? 'ok' : 'FAILED'} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  if (!ok) failed.push(name);
};

quick.forEach(take);
if (failed.length === 0) slow.forEach(take);
else console.error(`\nNot run until the above hold: ${slow.map(([name]) => name).join(', ')}`);

const changed = differences(start, tree());
if (changed.length > 0) {
  console.error(`\nThe tree is not as it was before:\n  ${changed.join('\n  ')}`);
  failed.push('clean tree');
}
console.log(failed.length === 0 ? '\nverify: ok' : `\nverify: FAILED (${failed.join(', ')})`);
process.exitCode = failed.length === 0 ? 0 : 1;
