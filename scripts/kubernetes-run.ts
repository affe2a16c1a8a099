import { spawn } from 'node:child_process';
import { Failure } from './failure.js';
import { projectRoot } from './paths.js';

/** What a program printed, and whether it ended well. */
export interface Output {
  readonly ok: boolean;
  /** Standard output; with the errors where it did not end well. */
  readonly text: string;
}

/** Runs a program to its end. */
export const run = (
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  input = '',
): Promise<Output> =>
  new Promise((resolve) => {
    const child = spawn(program, args, { cwd: projectRoot, env: { ...process.env, ...env } });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined); // It ended without reading, which its exit code says.
    child.stdin.end(input);
    child.once('error', ({ message }) => resolve({ ok: false, text: message }));
    child.once('close', (code) => resolve({ ok: code === 0, text: code === 0 ? stdout : `${stdout}${stderr}` }));
  });

/** Its output. @throws Failure when it did not end well */
export const demand = (what: string, { ok, text }: Output): string => {
  if (!ok) throw new Failure(`${what} failed:\n${text.trim()}`);
  console.log(`${what}: ok`);
  return text;
};

/** kubectl for one cluster; `input` is its standard input. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<Output>;

/** That kubectl, whatever the environment of this process names. */
export const kubectlOf =
  (program: string, kubeconfig: string): Kubectl =>
  (args, input) =>
    run(program, ['--kubeconfig', kubeconfig, ...args], {}, input);
