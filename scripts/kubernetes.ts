import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findGo } from './dapr-build.js';
import { describeError, Failure } from './failure.js';
import { isExecutable } from './system-package.js';
import { projectRoot, userCacheDir } from './paths.js';

/*
 * The chart with a real Helm: lint, rendering, comparison with the rendering kept in the repository; and where
 * ORDER_TEST_KUBECONFIG names a cluster, its API server's verdict on every object. Helm is built once from its Go module.
 */

const helmVersion = 'v4.3.1';
const chart = join(projectRoot, 'deploy', 'chart');
const kept = join(projectRoot, 'deploy', 'rendered', 'order-service.yaml');
const values = join(projectRoot, 'deploy', 'rendered', 'values.yaml');

interface Output {
  readonly ok: boolean;
  readonly text: string;
}

const run = (program: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): Output => {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: projectRoot,
    encoding: 'utf8',
    env: { ...process.env, ...more },
    maxBuffer: 64 * 1024 * 1024,
  });
  return {
    ok: status === 0,
    text: error === undefined ? (status === 0 ? stdout : `${stdout}${stderr}`) : error.message,
  };
};

const demand = (what: string, { ok, text }: Output): string => {
  if (!ok) throw new Failure(`${what} failed:\n${text.trim()}`);
  console.log(`${what}: ok`);
  return text;
};

/** Helm, built with Go on the first use. */
const findHelm = (): string => {
  const folder = join(userCacheDir(), 'order-service', 'helm', helmVersion);
  const helm = join(folder, 'helm');
  if (isExecutable(helm)) return helm;
  const go = findGo();
  if (go === undefined) throw new Failure('Go 1.26 or newer is needed to build Helm; https://go.dev/dl.');
  console.log(`building Helm ${helmVersion} with Go, once for each user`);
  mkdirSync(folder, { recursive: true });
  demand('building Helm', run(go, ['install', `helm.sh/helm/v4/cmd/helm@${helmVersion}`], { GOBIN: folder }));
  return helm;
};

/** Values that the schema must refuse, and what it says. */
const wrong: readonly (readonly [string, RegExp])[] = [
  ['replicas=0', /replicas/],
  ['replica=3', /replica/],
  ['image.pullPolicy=Sometimes', /pullPolicy/],
  ['secrets.service=', /service/],
];

const render = (helm: string, args: readonly string[]): Output =>
  run(helm, ['template', 'order-service', chart, '--namespace', 'orders', '--include-crds=false', ...args]);

/** What an API server says of the rendered objects, with Dapr's definitions installed. */
const askServer = (kubeconfig: string): void => {
  const kubectl = (...args: string[]): Output => run('kubectl', ['--kubeconfig', kubeconfig, ...args]);
  const dapr = run('go', [
    '-C',
    join(projectRoot, 'tools', 'dapr'),
    'list',
    '-m',
    '-f',
    '{{.Dir}}',
    'github.com/dapr/dapr',
  ]);
  const crds = join(demand("finding Dapr's definitions", dapr).trim(), 'charts', 'dapr', 'crds');
  demand("installing Dapr's definitions", kubectl('apply', '-f', crds));
  kubectl('create', 'namespace', 'orders');
  // Kinds of operators that this cluster may not have.
  const known = readFileSync(kept, 'utf8')
    .split(/^---$/m)
    .filter((text) => !/^apiVersion: (monitoring\.coreos\.com|gateway\.networking\.k8s\.io)\//m.test(text));
  const folder = mkdtempSync(join(tmpdir(), 'order-service-kubernetes-'));
  try {
    const file = join(folder, 'objects.yaml');
    writeFileSync(file, known.join('---'));
    demand(
      'server-side validation',
      kubectl('-n', 'orders', 'apply', '--dry-run=server', '--validate=strict', '-f', file),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

function main(args: readonly string[]): void {
  const helm = findHelm();
  demand('helm lint', run(helm, ['lint', '--strict', chart, '--values', values]));
  demand('rendering with the defaults', render(helm, []));
  const rendered = demand('rendering', render(helm, ['--values', values]));
  if (args.includes('--write')) writeFileSync(kept, rendered);
  else if (readFileSync(kept, 'utf8') !== rendered)
    throw new Failure('deploy/rendered/order-service.yaml is not what the chart renders. Run `npm run chart`.');
  for (const [value, message] of wrong) {
    const { ok, text } = render(helm, ['--set', value]);
    if (ok || !message.test(text)) throw new Failure(`The schema of the values accepts ${value}.`);
  }
  console.log('wrong values are refused: ok');
  const kubeconfig = process.env['ORDER_TEST_KUBECONFIG'];
  if (kubeconfig !== undefined && kubeconfig !== '') askServer(kubeconfig);
  else console.log('server-side validation: not done, ORDER_TEST_KUBECONFIG names no cluster');
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
}
