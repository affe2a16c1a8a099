import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describeError, Failure } from './failure.js';
import { isExecutable } from './system-package.js';
import { startCluster } from './kubernetes-cluster.js';
import { daprDefinitions, demandGo } from './kubernetes-parts.js';
import { demand, type Kubectl, kubectlOf, type Output, run } from './kubernetes-run.js';
import { tryChart } from './kubernetes-trial.js';
import { projectRoot, userCacheDir } from './paths.js';

/*
 * The chart with a real Helm (lint, rendering, comparison with the rendering kept in the repository) and on a real Kubernetes
 * control plane: every object validated, the release installed, upgraded, drained, rolled back and removed. Where
 * ORDER_TEST_KUBECONFIG names a cluster, that one only validates. Helm and the control plane are built once from Go modules.
 */

const namespace = 'orders';
const helmVersion = 'v4.3.1';
const chart = join(projectRoot, 'deploy', 'chart');
const kept = join(projectRoot, 'deploy', 'rendered', 'order-service.yaml');
const values = join(projectRoot, 'deploy', 'rendered', 'values.yaml');

/** Helm, built with Go on the first use. */
const findHelm = async (): Promise<string> => {
  const folder = join(userCacheDir(), 'order-service', 'helm', helmVersion);
  const helm = join(folder, 'helm');
  if (isExecutable(helm)) return helm;
  const go = demandGo('Helm');
  console.log(`building Helm ${helmVersion} with Go, once for each user`);
  mkdirSync(folder, { recursive: true });
  demand('building Helm', await run(go, ['install', `helm.sh/helm/v4/cmd/helm@${helmVersion}`], { GOBIN: folder }));
  return helm;
};

/** Values that the schema must refuse, and what it says. */
const wrong: readonly (readonly [string, RegExp])[] = [
  ['replicas=0', /replicas/],
  ['replica=3', /replica/],
  ['image.pullPolicy=Sometimes', /pullPolicy/],
  ['secrets.service=', /service/],
];

const render = (helm: string, args: readonly string[]): Promise<Output> =>
  run(helm, ['template', 'order-service', chart, '--namespace', namespace, '--include-crds=false', ...args]);

/** A Configuration that the service's own validation once let pass: metrics need `enabled`. */
const refused = JSON.stringify({
  ...{ apiVersion: 'dapr.io/v1alpha1', kind: 'Configuration', metadata: { name: 'wrong' } },
  spec: { metrics: { http: {} } },
});

/** What an API server says of the rendered objects. Kinds of operators that the cluster does not have are left out. */
const askServer = async (kubectl: Kubectl, files: readonly string[], absent?: RegExp): Promise<void> => {
  for (const file of files)
    demand(`installing ${basename(file)}`, await kubectl(['apply', '--server-side', '-f', file]));
  const established = ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s'];
  demand('the definitions are known', await kubectl(established));
  // As strict as it gets, as for namespaces that let no privileged pod in.
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const place = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } };
  demand('the namespace', await kubectl(['apply', '-f', '-'], JSON.stringify(place)));
  const known = readFileSync(kept, 'utf8')
    .split(/^---$/m)
    .filter((text) => absent?.test(text) !== true);
  const validate = ['-n', namespace, 'apply', '--dry-run=server', '--validate=strict', '-f', '-'];
  const answer = demand('server-side validation', await kubectl(validate, known.join('---')));
  console.log(`objects that the API server accepts: ${answer.trim().split('\n').length}`);
  if ((await kubectl(validate, refused)).ok) throw new Failure('The API server accepts a wrong object.');
  console.log('a wrong object is refused: ok');
};

/** The chart on a control plane of our own. */
const tryOnOwnCluster = async (helm: string): Promise<void> => {
  const cluster = await startCluster((line) => console.log(line));
  try {
    await askServer(cluster.kubectl, cluster.definitions);
    await tryChart(cluster, { helm, chart, values, namespace });
  } finally {
    await cluster.stop();
  }
};

async function main(args: readonly string[]): Promise<void> {
  const helm = await findHelm();
  demand('helm lint', await run(helm, ['lint', '--strict', chart, '--values', values]));
  demand('rendering with the defaults', await render(helm, []));
  const rendered = demand('rendering', await render(helm, ['--values', values]));
  if (args.includes('--write')) {
    writeFileSync(kept, rendered);
    return;
  }
  if (readFileSync(kept, 'utf8') !== rendered)
    throw new Failure('deploy/rendered/order-service.yaml is not what the chart renders. Run `npm run chart`.');
  for (const [value, message] of wrong) {
    const { ok, text } = await render(helm, ['--set', value]);
    if (ok || !message.test(text)) throw new Failure(`The schema of the values accepts ${value}.`);
  }
  console.log('wrong values are refused: ok');
  const kubeconfig = process.env['ORDER_TEST_KUBECONFIG'] ?? '';
  if (kubeconfig === '') await tryOnOwnCluster(helm);
  else {
    const absent = /^apiVersion: (monitoring\.coreos\.com|gateway\.networking\.k8s\.io)\//m;
    await askServer(kubectlOf('kubectl', kubeconfig), [daprDefinitions(demandGo('Kubernetes'))], absent);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
