import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeError, Failure } from './failure.js';
import { projectRoot } from './paths.js';

/*
 * What can be tried of the image without a container engine: the Dockerfile's own promises, and its /app assembled as it
 * assembles it, started as user 1000 on files that nobody can write.
 */

interface Stage {
  readonly from: string;
  readonly lines: readonly string[];
}

const stages = (text: string): readonly Stage[] => {
  const lines = text
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const found: { from: string; lines: string[] }[] = [];
  for (const line of lines)
    if (line.startsWith('FROM ')) found.push({ from: line.slice('FROM '.length), lines: [] });
    else found.at(-1)?.lines.push(line);
  return found;
};

const promises: readonly (readonly [string, (build: Stage, final: Stage) => boolean])[] = [
  [
    'has a stage for building and one for running',
    (build, final) => build.from.endsWith(' AS build') && final !== build,
  ],
  ['pins the version of Node that the packages have', (build, final) => build.from.split(' ')[0] === final.from],
  ['runs as a user without rights', (_, { lines }) => lines.some((line) => /^USER [1-9]\d*:[1-9]\d*$/.test(line))],
  ['removes the package managers', (_, { lines }) => lines.some((line) => /^RUN rm -rf .*npm/.test(line))],
  ['installs nothing where it runs', (_, { lines }) => !lines.some((line) => /^RUN .*(npm (ci|i)|apt-get)/.test(line))],
  ['has a health check', (_, { lines }) => lines.some((line) => line.startsWith('HEALTHCHECK '))],
  ['has labels', (_, { lines }) => lines.some((line) => line.includes('org.opencontainers.image.title'))],
  [
    'has a start command without a shell',
    (_, { lines }) => lines.some((line) => line.startsWith('ENTRYPOINT ["node"')),
  ],
];

const demand = (title: string, fulfilled: boolean, why = ''): void => {
  if (!fulfilled) throw new Failure(`The image ${title}: not so. ${why}`.trim());
  console.log(`ok: ${title}`);
};

/** The folder that the Dockerfile copies into the image. */
const assemble = (app: string): void => {
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(projectRoot, name), join(app, name));
  const install = spawnSync(
    'npm',
    ['ci', '--omit=dev', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'],
    {
      cwd: app,
      encoding: 'utf8',
    },
  );
  demand('has its production packages', install.status === 0, install.stderr);
  rmSync(join(app, 'package-lock.json'));
  const skipped = new Set(['test', 'sandbox', 'tsconfig.tsbuildinfo'].map((name) => join(projectRoot, 'dist', name)));
  cpSync(join(projectRoot, 'dist'), join(app, 'dist'), { recursive: true, filter: (source) => !skipped.has(source) });
  cpSync(join(projectRoot, 'configs'), join(app, 'configs'), { recursive: true });
  cpSync(join(projectRoot, 'persistence', 'migrations'), join(app, 'persistence', 'migrations'), { recursive: true });
  mkdirSync(join(app, 'proto', 'gen'), { recursive: true });
  cpSync(join(projectRoot, 'proto', 'gen', 'descriptor.binpb'), join(app, 'proto', 'gen', 'descriptor.binpb'));
  for (const name of ['order', 'staff'])
    cpSync(
      join(projectRoot, 'proto', 'order', 'v1', `${name}.proto`),
      join(app, 'proto', 'order', 'v1', `${name}.proto`),
    );
};

const everyFile = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));

const asReader = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {};

/** Starts a program of the image with nothing in its environment. */
const start = (app: string, args: readonly string[]): string => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--enable-source-maps', ...args], {
    ...{ cwd: app, encoding: 'utf8', env: { NODE_ENV: 'production' }, timeout: 60_000 },
    ...asReader,
  });
  return `${stdout}${stderr}`;
};

function main(): void {
  const [build, final] = stages(readFileSync(join(projectRoot, 'Dockerfile'), 'utf8'));
  if (build === undefined || final === undefined) throw new Failure('The Dockerfile has no two stages.');
  for (const [title, holds] of promises) demand(title, holds(build, final));
  const folder = mkdtempSync(join(tmpdir(), 'order-service-image-'));
  const app = join(folder, 'app');
  mkdirSync(app);
  try {
    assemble(app);
    const files = everyFile(app);
    const bytes = files.reduce((sum, file) => sum + (lstatSync(file).isFile() ? lstatSync(file).size : 0), 0);
    demand(
      'has no tests and no stand-ins',
      !files.some((file) => ['test', 'sandbox'].some((name) => file === join(app, 'dist', name))),
    );
    demand('has no compiler', !files.some((file) => /node_modules\/(typescript|esbuild|jest)$/.test(file)));
    for (const path of [folder, app, ...files])
      if (!lstatSync(path).isSymbolicLink()) chmodSync(path, statSync(path).isDirectory() ? 0o555 : 0o444);
    const service = start(app, ['dist/main.js']);
    demand(
      'starts, and names what is missing',
      /ORDER_DATABASE_DSN[^]*ORDER_SECRET[^]*APP_API_TOKEN/.test(service),
      service,
    );
    for (const script of ['migrate', 'import']) {
      const text = start(app, [`dist/scripts/${script}.js`]);
      demand(`has the command ${script}`, text.includes('usage'), text);
    }
    console.log(`${Math.round(bytes / 1024 / 1024)} MB beside Node, ${files.length} files`);
  } finally {
    for (const path of [folder, app, ...everyFile(app)]) if (lstatSync(path).isDirectory()) chmodSync(path, 0o755);
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  main();
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
}
