import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from './failure.js';
import { withFileLock } from './file-lock.js';
import { findOnPath } from './system-package.js';
import { projectRoot, userCacheDir } from './paths.js';

/**
 * Gets the jars that a module file in tools/ names, once for each user and version.
 *
 * @param name the folder in tools/ with the module file
 * @param options of `mvn dependency:copy-dependencies`
 * @param progress called before Maven runs
 * @returns the folder with the jars
 * @throws Failure without Java or Maven, or with the first lines of Maven's output
 */
export async function mavenJars(
  name: 'kafka' | 'zipkin',
  options: readonly string[],
  progress: (line: string) => void,
): Promise<string> {
  const pom = join(projectRoot, 'tools', name, 'pom.xml');
  const dependencies = readFileSync(pom, 'utf8').split('<dependencies>')[1] ?? '';
  const version = /<version>([\d.]+)<\/version>/.exec(dependencies)?.[1] ?? '';
  const missing = ['java', 'mvn'].filter((program) => findOnPath(program) === undefined);
  if (missing.length > 0) {
    throw new Failure(
      `${name} needs ${missing.join(' and ')}, which is not on the PATH. Install a JDK 17 or newer and Maven ` +
        '(Debian, Ubuntu: `sudo apt-get install maven`).',
    );
  }
  const folder = join(userCacheDir(), 'order-service', name, version);
  mkdirSync(dirname(folder), { recursive: true });
  await withFileLock(
    `${folder}.lock`,
    () => undefined,
    () => {
      if (!existsSync(folder)) copyJars({ name, pom, folder, options }, progress);
      return Promise.resolve();
    },
  );
  return folder;
}

interface Copy {
  readonly name: string;
  readonly pom: string;
  readonly folder: string;
  readonly options: readonly string[];
}

function copyJars({ name, pom, folder, options }: Copy, progress: (line: string) => void): void {
  progress(`getting ${name} with Maven (about a minute, once for each user)`);
  const out = mkdtempSync(`${folder}-`);
  try {
    const goal = ['dependency:copy-dependencies', ...options, `-DoutputDirectory=${out}`];
    execFileSync('mvn', ['-q', '-B', '-f', pom, ...goal], { stdio: 'pipe', encoding: 'utf8' });
    renameSync(out, folder);
  } catch (error) {
    rmSync(out, { recursive: true, force: true });
    const { stdout = '' } = error as { readonly stdout?: string };
    throw new Failure(`Maven could not get ${name}:\n${stdout.split('\n').slice(0, 10).join('\n')}`);
  }
}
