// `npm run -s sbom`: a software bill of materials (CycloneDX 1.5, JSON) on stdout. It lists the packages that the service needs
// at run time, from the lock file, the Node that runs them, and the Go modules of the sidecar that `npm start` builds.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { npmCommand } from './npm-command.mjs';

const root = path.resolve(import.meta.dirname, '..');

const ofPackages = () => {
  const [program, ...args] = npmCommand('sbom', '--sbom-format=cyclonedx', '--omit=dev', '--package-lock-only');
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`npm sbom failed:\n${stderr}`);
  return JSON.parse(stdout);
};

const component = (type, name, version, purl) => ({ 'bom-ref': purl, type, name, version, purl });

/** The one that comes as a package of its own for each platform. */
const nodeRuntime = ({ components }) => {
  const { version } = components.find(({ name }) => /^node-(bin-)?(linux|darwin)-/.test(name));
  return component('platform', 'node', version, `pkg:generic/node@${version}`);
};

const goModules = (folder) => {
  const text = readFileSync(path.join(root, 'tools', folder, 'go.mod'), 'utf8');
  return [...text.matchAll(/^\s+(\S+\.\S+\/\S+) (v\S+)/gm)].map(([, name, version]) =>
    component('library', name, version, `pkg:golang/${name}@${version}`),
  );
};

const bill = ofPackages();
const known = new Set(bill.components.map(({ purl }) => purl));
for (const one of [nodeRuntime(bill), ...goModules('dapr'), ...goModules('dapr-cli')]) {
  if (known.has(one.purl)) continue;
  known.add(one.purl);
  bill.components.push(one);
}
process.stdout.write(`${JSON.stringify(bill, null, 2)}\n`);
