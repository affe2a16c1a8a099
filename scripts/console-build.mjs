// Builds what browsers load: console/ -> dist/console/, and the API reference, api/reference/ -> dist/reference/. Does nothing
// where neither the sources nor the packages have changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The pages: the folder of the sources, the files that a page begins with, and whether its script is type-checked. */
const pages = [
  { source: 'console', name: 'console', script: 'app.tsx', style: 'style.css', typed: true },
  { source: 'api/reference', name: 'reference', script: 'page.mjs', style: 'page.css', typed: false },
];

const filesBelow = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

const fingerprint = (source) => {
  const hash = createHash('sha256');
  for (const file of [...filesBelow(source), join(root, 'package-lock.json'), fileURLToPath(import.meta.url)])
    hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.digest('hex');
};

const typeCheck = (source) => {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', source], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${source} does not compile; the errors are above.`);
};

const bundle = async ({ source, script, style, typed }, target) => {
  const { build } = await import('esbuild');
  rmSync(target, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { app: join(root, source, script), style: join(root, source, style) },
    outdir: join(target, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: ['es2023', 'chrome123', 'firefox120', 'safari17.5'],
    sourcemap: typed ? 'linked' : false,
    legalComments: 'linked',
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
  const [code, { imports }] = outputOf(`${source}/${script}`);
  const [sheet] = outputOf(`${source}/${style}`);
  const early = imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => basename(path));
  const page = readFileSync(join(root, source, 'index.html'), 'utf8')
    .replace('{{style}}', basename(sheet))
    .replace('{{script}}', basename(code))
    .replace(
      '{{preload}}',
      early.map((name) => `<link rel="modulepreload" href="/console/assets/${name}" />`).join('\n    '),
    );
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'index.html'), page);
};

/** Beside each file its compressed ones, which are served as they are. */
const compress = (target) => {
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

for (const page of pages) {
  const target = join(root, 'dist', page.name);
  const stamp = join(target, '.stamp');
  const wanted = fingerprint(join(root, page.source));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) continue;
  if (page.typed) typeCheck(page.source);
  await bundle(page, target);
  compress(target);
  writeFileSync(stamp, wanted);
}
