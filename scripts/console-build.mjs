// Builds the console: console/ -> dist/console/. Does nothing where neither its sources nor the packages have changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'console');
const target = join(root, 'dist', 'console');
const stamp = join(target, '.stamp');

const filesBelow = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

const fingerprint = () => {
  const hash = createHash('sha256');
  for (const file of [...filesBelow(source), join(root, 'package-lock.json'), fileURLToPath(import.meta.url)])
    hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.digest('hex');
};

const typeCheck = () => {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', source], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('The console does not compile; the errors are above.');
};

const bundle = async () => {
  const { build } = await import('esbuild');
  rmSync(target, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { app: join(source, 'app.tsx'), style: join(source, 'style.css') },
    outdir: join(target, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: ['es2023', 'chrome123', 'firefox120', 'safari17.5'],
    sourcemap: 'linked',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    metafile: true,
    logLevel: 'warning',
  });
  const outputOf = (entry) => {
    const found = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === entry);
    if (found === undefined) throw new Error(`esbuild wrote nothing for ${entry}`);
    return found;
  };
  const [script, { imports }] = outputOf('console/app.tsx');
  const [style] = outputOf('console/style.css');
  const early = imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => basename(path));
  const page = readFileSync(join(source, 'index.html'), 'utf8')
    .replace('{{style}}', basename(style))
    .replace('{{script}}', basename(script))
    .replace(
      '{{preload}}',
      early.map((name) => `<link rel="modulepreload" href="/console/assets/${name}" />`).join('\n    '),
    );
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'index.html'), page);
};

/** Beside each file its compressed ones, which are served as they are. */
const compress = () => {
  for (const file of filesBelow(target)) {
    const content = readFileSync(file);
    const params = {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    };
    writeFileSync(`${file}.br`, brotliCompressSync(content, { params }));
    writeFileSync(`${file}.gz`, gzipSync(content, { level: constants.Z_BEST_COMPRESSION }));
  }
};

const wanted = fingerprint();
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  typeCheck();
  await bundle();
  compress();
  writeFileSync(stamp, wanted);
}
