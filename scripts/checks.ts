import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestCounts } from './count-reporter.js';
import { runInGroup } from './jest-run.js';
import { projectRoot } from './paths.js';

interface Check {
  readonly name: string;
  /** Scripts of package.json; all must succeed. */
  readonly scripts: readonly string[];
  /** A folder that the scripts write, which must have been up to date. */
  readonly writes?: string;
}

/** Two lists that run beside each other: what one writes, the other does not read. */
const beside: readonly (readonly Check[])[] = [
  [
    { name: 'lint', scripts: ['lint'] },
    { name: 'unused code', scripts: ['knip'] },
  ],
  [
    { name: 'format', scripts: ['format:check'] },
    { name: 'types', scripts: ['build'] },
    { name: 'proto lint', scripts: ['proto:lint'] },
    { name: 'proto breaking', scripts: ['proto:breaking'] },
    { name: 'schema dump', scripts: ['schema:check'] },
  ],
];

/** Those that write files which the others read. */
const afterwards: readonly Check[] = [
  { name: 'generated code', scripts: ['generate'], writes: 'proto/gen' },
  { name: 'OpenAPI and AsyncAPI documents', scripts: ['openapi', 'asyncapi'], writes: 'docs' },
];

/** Runs every check of the sources, one line for each; a failed one counts as one failed test and shows its output. */
export async function runChecks(signal: AbortSignal): Promise<TestCounts> {
  const before = tree('.');
  const faults: (string | undefined)[] = [];
  const report = (name: string, fault: string | undefined): void => {
    console.log(`${name}: ${fault === undefined ? 'ok' : 'failed'}`);
    if (fault) console.log(fault.trimEnd());
    faults.push(fault);
  };
  const run = async (checks: readonly Check[]): Promise<void> => {
    for (const check of checks) {
      if (signal.aborted) return;
      report(check.name, await faultOf(check, signal));
    }
  };
  await Promise.all(beside.map(run));
  await run(afterwards);
  if (!signal.aborted) report('clean tree', changes(before, tree('.')));
  const failed = faults.filter((fault) => fault !== undefined).length;
  return { passed: faults.length - failed, failed, skipped: 0 };
}

async function faultOf({ scripts, writes }: Check, signal: AbortSignal): Promise<string | undefined> {
  const before = writes === undefined ? undefined : tree(writes);
  for (const script of scripts) {
    const { code, output } = await runInGroup(['npm', 'run', '--silent', script], process.env, false, signal);
    if (code !== 0) return output || `npm run ${script} ended with ${code ?? 'a signal'}.`;
  }
  return before && writes !== undefined ? changes(before, tree(writes)) : undefined;
}

type Tree = ReadonlyMap<string, string>;

/** The hash of every file below `folder` that git tracks or would track, by path. */
function tree(folder: string): Tree {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', folder];
  const { status, stdout, stderr } = spawnSync('git', args, {
    cwd: projectRoot,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  // An archive of the sources has no history: then there is nothing to compare.
  if (status !== 0) {
    console.log(`the files cannot be compared: ${stderr.trim()}`);
    return new Map();
  }
  const files = stdout.split('\0').filter((file) => file !== '' && existsSync(join(projectRoot, file)));
  const hash = (file: string): string =>
    createHash('sha256')
      .update(readFileSync(join(projectRoot, file)))
      .digest('hex');
  return new Map(files.map((file) => [file, hash(file)]));
}

/** The files that differ, one a line; undefined where none does. */
export function changes(before: Tree, after: Tree): string | undefined {
  const lines = [...new Set([...before.keys(), ...after.keys()])]
    .filter((file) => before.get(file) !== after.get(file))
    .map((file) => `  ${!before.has(file) ? 'new' : !after.has(file) ? 'deleted' : 'changed'}: ${file}`);
  return lines.length === 0 ? undefined : `These files were not up to date:\n${lines.join('\n')}`;
}
