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
import { layBase } from './image-base.js';
import { projectRoot } from './paths.js';

/*
 * What can be tried of the image without a container engine: the Dockerfile's own promises; and its root file system,
 * assembled as it assembles it from Debian's packages, in which root starts the service by chroot as user 1000 on files that
 * nobody can write.
 */

/** As much as the image may be pulled with. */
const mostMegabytes = 80;

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
  [
    'has the major version of Node that the packages have',
    (build) => build.from.startsWith(`node:${process.versions.node.split('.')[0] ?? ''}-`),
  ],
  ['runs as a user without rights', (_, { lines }) => lines.some((line) => /^USER [1-9]\d*:[1-9]\d*$/.test(line))],
  ['has no shell and no package manager', (_, { from }) => from === 'gcr.io/distroless/cc-debian12'],
  ['runs nothing while the last stage is built', (_, { lines }) => !lines.some((line) => line.startsWith('RUN '))],
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

const everyFile = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));

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
  for (const file of everyFile(join(app, 'node_modules')))
    if (/\.(map|d\.ts|md)$/.test(file)) rmSync(file, { force: true });
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

/** Starts a program of the image with nothing in its environment. */
const start = (root: string, args: readonly string[]): string => {
  const [first = '', ...others] = args;
  const inside = process.getuid?.() === 0;
  const app = inside ? '/app' : join(root, 'app');
  const program = [inside ? '/usr/local/bin/node' : process.execPath, '--enable-source-maps', `${app}/${first}`];
  const [command = '', ...given] = [...(inside ? ['chroot', '--userspec=1000:1000', root] : []), ...program, ...others];
  const { stdout, stderr, error } = spawnSync(command, given, {
    ...{ cwd: '/', encoding: 'utf8', env: { NODE_ENV: 'production', PATH: process.env['PATH'] }, timeout: 60_000 },
  });
  return `${stdout}${stderr}${error?.message ?? ''}`;
};

const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);

const sizeOf = (path: string): number =>
  [path, ...(lstatSync(path).isDirectory() ? everyFile(path) : [])].reduce((sum, file) => {
    const found = lstatSync(file);
    return sum + (found.isFile() ? found.size : 0);
  }, 0);

const compressedSize = (root: string): number => {
  const packed = spawnSync('sh', ['-c', 'tar -c . | gzip -6 | wc -c'], { cwd: root, encoding: 'utf8' });
  return Number(packed.stdout);
};

function main(): void {
  const [build, final] = stages(readFileSync(join(projectRoot, 'Dockerfile'), 'utf8'));
  if (build === undefined || final === undefined) throw new Failure('The Dockerfile has no two stages.');
  for (const [title, holds] of promises) demand(title, holds(build, final));
  const root = mkdtempSync(join(tmpdir(), 'order-service-image-'));
  const app = join(root, 'app');
  mkdirSync(app);
  try {
    layBase(root);
    assemble(app);
    const files = everyFile(app);
    demand(
      'has no tests and no stand-ins',
      !files.some((file) => ['test', 'sandbox'].some((name) => file === join(app, 'dist', name))),
    );
    demand('has no compiler', !files.some((file) => /node_modules\/(typescript|esbuild|jest)$/.test(file)));
    for (const path of [root, app, ...files])
      if (!lstatSync(path).isSymbolicLink()) chmodSync(path, statSync(path).isDirectory() ? 0o555 : 0o444);
    const service = start(root, ['dist/main.js']);
    demand(
      'starts, and names what is missing',
      /ORDER_DATABASE_DSN[^]*ORDER_SECRET[^]*APP_API_TOKEN/.test(service),
      service,
    );
    for (const script of ['migrate', 'import']) {
      const text = start(root, [`dist/scripts/${script}.js`]);
      demand(`has the command ${script}`, text.includes('usage'), text);
    }
    const parts = ['app/node_modules', 'app/dist', 'usr/local/bin/node', 'usr'];
    for (const part of parts) console.log(`  /${part}: ${megabytes(sizeOf(join(root, part)))} MB`);
    const packed = megabytes(compressedSize(root));
    console.log(`${packed} MB compressed, ${megabytes(sizeOf(root))} MB unpacked`);
    demand(`has at most ${mostMegabytes} MB compressed`, packed <= mostMegabytes);
  } finally {
    for (const path of [root, app, ...everyFile(app)]) if (lstatSync(path).isDirectory()) chmodSync(path, 0o755);
    rmSync(root, { recursive: true, force: true });
  }
}

try {
  main();
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
}
