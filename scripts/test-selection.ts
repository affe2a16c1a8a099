/** A run of Jest: projects that go together. */
export interface JestRun {
  readonly folders: readonly string[];
  readonly args: readonly string[];
}

/** Unit tests and those on the shared stack in one run; then those that kill and freeze stacks of their own, one at a time. */
export const jestRuns: readonly JestRun[] = [
  { folders: ['unit', 'integration', 'contract', 'fuzz'], args: ['--selectProjects', 'unit', 'real'] },
  { folders: ['console', 'e2e'], args: ['--selectProjects', 'e2e', '--runInBand'] },
];

/** What the arguments of `npm test` ask for. */
export interface Selection {
  /** The starts of paths below test/; none means everything. */
  readonly filters: readonly string[];
  /** For Jest. */
  readonly flags: readonly string[];
}

/** Flags of Jest whose value may be the next argument. */
const withValue = new Set(['-t', '--testNamePattern', '--selectProjects', '--shard', '--maxWorkers', '-w', '--seed']);

/** Distinguishes paths (`unit`, `test/e2e/walk`, `test/unit/rules/edit.test.ts`) from flags, which go on to Jest. */
export function selectionOf(args: readonly string[]): Selection {
  const filters: string[] = [];
  const flags: string[] = [];
  args.forEach((argument, index) => {
    if (argument.startsWith('-') || withValue.has(args[index - 1] ?? '')) flags.push(argument);
    else filters.push(argument.replace(/^(\.\/)?(dist\/)?(test\/)?/, '').replace(/\.(ts|js)$/, ''));
  });
  return { filters, flags };
}

/** Those of the files (paths below test/) that belong to the run and match; all of the run without a filter. */
export function matching(run: JestRun, filters: readonly string[], files: readonly string[]): readonly string[] {
  return files
    .filter((file) => run.folders.some((folder) => file.startsWith(`${folder}/`)))
    .filter((file) => filters.length === 0 || filters.some((filter) => file.startsWith(filter)));
}
