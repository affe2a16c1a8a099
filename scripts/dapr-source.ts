import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from './failure.js';

const daprModule = 'github.com/dapr/dapr';
const patched = join('pkg', 'api', 'http', 'directmessaging.go');
const added = 'finishable_writer.go';

/** Where Dapr 1.18 writes the response of an invocation, and how a caller who hangs up is kept from crashing it. */
const changes: readonly (readonly [string, string])[] = [
  ['\tsuccess := atomic.Bool{}\n', '\tsuccess := atomic.Bool{}\n\tresponse := newFinishableWriter(w)\n'],
  [
    '\tresp, err := policyRunner(func(ctx context.Context) (*invokev1.InvokeMethodResponse, error) {\n',
    '\tresp, err := policyRunner(func(ctx context.Context) (*invokev1.InvokeMethodResponse, error) {\n' +
      '\t\tvar w http.ResponseWriter = response\n',
  ],
  ["\t// If there's no error, then everything is done already\n", '\tresponse.finish()\n'],
];

const changed = (source: string): string =>
  changes.reduce((text, [before, after]) => {
    if (text.split(before).length !== 2)
      throw new Failure(`${daprModule}/${patched} is not that of the Dapr version this project builds.`);
    return text.replace(before, () => after);
  }, source);

const downloaded = z.object({ Dir: z.string() });

/**
 * Copies Dapr's source out of Go's module cache, which is read-only, and corrects the copy: Dapr 1.18 crashes when a
 * caller hangs up while the response of an invocation is being written.
 *
 * @param moduleFolder the folder in tools/ that pins Dapr
 * @param folder where to write; it must be empty
 * @returns a module file for `go build -modfile` that builds the copy
 * @throws Failure when the source is not the expected one
 */
export function correctDaprSource(go: string, moduleFolder: string, folder: string, env: NodeJS.ProcessEnv): string {
  const output = execFileSync(go, ['mod', 'download', '-json', daprModule], {
    cwd: moduleFolder,
    env,
    encoding: 'utf8',
  });
  const source = join(folder, 'dapr');
  mkdirSync(folder, { recursive: true });
  cpSync(downloaded.parse(JSON.parse(output)).Dir, source, { recursive: true });
  const file = join(source, patched);
  // The module cache's folders and files are read-only, and so is their copy.
  for (const path of [join(file, '..'), file]) chmodSync(path, 0o755);
  writeFileSync(file, changed(readFileSync(file, 'utf8')));
  copyFileSync(join(moduleFolder, 'patch', added), join(file, '..', added));
  const moduleFile = join(folder, 'go.mod');
  for (const name of ['go.mod', 'go.sum']) copyFileSync(join(moduleFolder, name), join(folder, name));
  appendFileSync(moduleFile, `\nreplace ${daprModule} => ${source}\n`);
  return moduleFile;
}
