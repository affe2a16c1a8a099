import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { promisify } from 'node:util';
import { findOnPath } from '../../scripts/system-package.js';
import { projectRoot } from '../../scripts/paths.js';
import { sharedStack } from '../support/stack.js';
import { standIn } from './grpcurl.js';
import { describeUnless } from '../support/skip.js';

/** A command of the page and what it says follows. */
interface Step {
  readonly command: string;
  readonly expected: readonly string[];
  /** Of the page, from 1. */
  readonly line: number;
}

const page = 'docs/transcripts.md';

const stepsOf = (text: string): readonly Step[] => {
  const steps: { command: string; expected: string[]; line: number }[] = [];
  let inside = false;
  text.split('\n').forEach((line, index) => {
    const step = steps.at(-1);
    if (line.startsWith('```')) inside = line === '```console';
    else if (!inside) return;
    else if (line.startsWith('$ ')) steps.push({ command: line.slice(2), expected: [], line: index + 1 });
    else if (step === undefined) assert.fail(`${page}:${index + 1}: no command before this line`);
    else if (line.startsWith('> ') && step.expected.length === 0) step.command += `\n${line.slice(2)}`;
    else step.expected.push(line);
  });
  return steps;
};

/** The expected lines as a pattern: `…` for anything within a line, alone for any number of lines. */
const patternOf = (expected: readonly string[]): RegExp => {
  const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const lines = expected.map((line) =>
    line === '…' ? '(?:[^\\n]*\\n)*?' : `${line.split('…').map(escaped).join('[^\\n]*?')}\\n`,
  );
  return new RegExp(`^${lines.join('')}$`);
};

/** What a shell prints, with one line end at its end, unless it prints nothing. */
const tidy = (output: string): string => {
  const text = output.replace(/\r\n/g, '\n').trimEnd();
  return text === '' ? '' : `${text}\n`;
};

const stack = sharedStack();

/** The page's addresses, at which the development stack is, as this stack has them. */
const hereInstead = (command: string): string => {
  const [first, second] = stack.replicas;
  const addresses: readonly (readonly [string, string | undefined])[] = [
    ['http://127.0.0.1:8004', first?.rest],
    ['http://127.0.0.1:8014', second?.rest],
    ['http://127.0.0.1:8090', stack.sandbox?.url],
    ['127.0.0.1:9004', first?.grpc],
    ['127.0.0.1:9014', second?.grpc],
  ];
  const at = addresses.reduce((text, [there, here]) => text.replaceAll(there, here ?? there), command);
  return at.replaceAll('npm run -s token --', 'token');
};

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** All commands in one shell, since later ones use the variables of earlier ones; the outputs by command. */
const run = async (steps: readonly Step[]): Promise<readonly string[]> => {
  const node = quoted(process.execPath);
  const token = quoted(path.join(projectRoot, 'dist', 'scripts', 'token.js'));
  const script = [
    'exec 2>&1',
    `token() { ${node} ${token} "$@"; }`,
    ...(findOnPath('grpcurl') === undefined ? [`grpcurl() { ${node} ${quoted(standIn)} "$@"; }`] : []),
    ...steps.flatMap(({ command }) => [hereInstead(command), "printf '\\0'"]),
  ].join('\n');
  const { stdout } = await promisify(execFile)('bash', ['-c', script], {
    cwd: projectRoot,
    env: { ...process.env, ...stack.env },
    timeout: 120_000,
    maxBuffer: 10_000_000,
  });
  return stdout.split('\0').slice(0, -1).map(tidy);
};

const skip = ['bash', 'curl'].some((name) => findOnPath(name) === undefined) && 'needs bash and curl';

describeUnless(skip)(`${page} tells what really happens`, () => {
  const steps = stepsOf(readFileSync(path.join(projectRoot, page), 'utf8'));
  let outputs: readonly string[] = [];
  beforeAll(async () => {
    outputs = await run(steps);
  });

  it('has commands, and all of them end', () => {
    expect(steps.length).toBeGreaterThan(10);
    expect(outputs).toHaveLength(steps.length);
  });

  steps.forEach(({ command, expected, line }, index) => {
    it(`line ${line}: ${command.split('\n', 1)[0]?.slice(0, 80) ?? ''}`, () => {
      expect(outputs[index] ?? 'no output: the shell ended before').toMatch(patternOf(expected));
    });
  });
});
