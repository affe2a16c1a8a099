import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findGo } from './dapr-build.js';
import { Failure } from './failure.js';
import { withFileLock } from './file-lock.js';
import { isExecutable } from './system-package.js';
import { minutesSince, runGo } from './go-build.js';
import { projectRoot, userCacheDir } from './paths.js';

/** The programs of a control plane, by their names, in one folder. */
export interface KubernetesPrograms {
  readonly go: string;
  readonly folder: string;
}

/** Of tools/kubernetes/go.mod. */
const kubernetesVersion = 'v1.37.2';
/** Stands for the kubelets: pods get ready and go, though nothing runs in them. */
const kwok = 'sigs.k8s.io/kwok@v0.8.0';
const gatewayApi = 'sigs.k8s.io/gateway-api@v1.6.3';
const prometheusOperator = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';
const programs = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'] as const;
const advice = 'Check that Go can download modules (GOPROXY), and try again.';

/** A Go that is new enough. @throws Failure without one */
export const demandGo = (purpose: string): string => {
  const go = findGo();
  if (go === undefined) throw new Failure(`Go 1.26 or newer is needed to build ${purpose}; https://go.dev/dl.`);
  return go;
};

/** The folder of a module's source, downloaded when it is not there. @throws Failure when it cannot be had */
const moduleFolder = (go: string, module: string): string => {
  try {
    const text = execFileSync(go, ['mod', 'download', '-json', module], { encoding: 'utf8', stdio: 'pipe' });
    return (JSON.parse(text) as { readonly Dir: string }).Dir;
  } catch {
    throw new Failure(`The Go module ${module} could not be downloaded. ${advice}`);
  }
};

/** kwok's files that say what becomes of a node and a pod. */
export const kwokStages = (go: string): readonly string[] => {
  const stage = join(moduleFolder(go, kwok), 'kustomize', 'stage');
  return ['node', 'pod'].flatMap((kind) => {
    const folder = join(stage, kind, 'fast');
    return readdirSync(folder)
      .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
      .map((name) => join(folder, name));
  });
};

/** A folder with the definitions of Dapr's kinds. */
export const daprDefinitions = (go: string): string => {
  const dapr = execFileSync(go, ['list', '-m', '-f', '{{.Dir}}', 'github.com/dapr/dapr'], {
    cwd: join(projectRoot, 'tools', 'dapr'),
    encoding: 'utf8',
  }).trim();
  return join(dapr === '' ? moduleFolder(go, 'github.com/dapr/dapr@v1.18.1') : dapr, 'charts', 'dapr', 'crds');
};

/** Definitions of all kinds that the chart uses and Kubernetes does not bring, as files and folders. */
export const definitions = (go: string): readonly string[] => {
  const routes = join(moduleFolder(go, gatewayApi), 'config', 'crd', 'standard');
  const monitoring = join(moduleFolder(go, prometheusOperator), 'example', 'prometheus-operator-crd');
  return [
    daprDefinitions(go),
    join(routes, 'gateway.networking.k8s.io_httproutes.yaml'),
    ...['servicemonitors', 'prometheusrules'].map((kind) => join(monitoring, `monitoring.coreos.com_${kind}.yaml`)),
  ];
};

/**
 * Builds a Kubernetes control plane from its Go modules into the user's cache, once: of several starters one builds and the
 * others wait. An interrupted build leaves nothing that would be taken for a finished one.
 * @throws Failure with the end of Go's output
 */
export async function buildKubernetes(progress: (line: string) => void): Promise<KubernetesPrograms> {
  const go = demandGo('Kubernetes');
  const folder = join(userCacheDir(), 'order-service', 'kubernetes', kubernetesVersion);
  const parent = dirname(folder);
  mkdirSync(parent, { recursive: true });
  const onWait = (pid: number): void => progress(`waiting for process ${pid}, which is building Kubernetes`);
  await withFileLock(join(parent, 'build.lock'), onWait, async () => {
    if ([...programs, 'kwok'].every((name) => isExecutable(join(folder, name)))) return;
    progress(`building Kubernetes ${kubernetesVersion} with Go, once for each user (about 25 minutes on two cores)`);
    const started = Date.now();
    // What a killed build has left.
    for (const name of readdirSync(parent)) {
      if (name.startsWith('building-')) rmSync(join(parent, name), { recursive: true, force: true });
    }
    const out = mkdtempSync(join(parent, 'building-'));
    const cwd = join(projectRoot, 'tools', 'kubernetes');
    const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off', GOBIN: out };
    const build = (what: string, args: readonly string[]): Promise<void> =>
      runGo({ ...{ go, args, cwd, env, what, advice, progress }, logFile: join(parent, 'build.log') });
    try {
      for (const name of programs)
        await build(name, ['build', ...versionFlags, '-o', `${out}/`, `k8s.io/kubernetes/cmd/${name}`]);
      await build('kwok', ['install', kwok.replace('@', '/cmd/kwok@')]);
      rmSync(folder, { recursive: true, force: true });
      renameSync(out, folder);
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
    progress(`built Kubernetes in ${minutesSince(started)}; it is kept in ${folder}`);
  });
  return { go, folder };
}

/** Without them the programs have no version, which clients and each other ask for. */
const versionFlags = ((): readonly string[] => {
  const [major, minor] = kubernetesVersion.slice(1).split('.');
  const values = { gitVersion: kubernetesVersion, gitMajor: major, gitMinor: minor };
  const flags = Object.entries(values).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value ?? ''}`,
  );
  return ['-mod=readonly', '-ldflags', ['-s', '-w', ...flags].join(' ')];
})();
