import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { Failure } from './failure.js';
import { startGuard } from './guard.js';
import { openLog } from './infrastructure.js';
import { buildKubernetes, definitions, kwokStages } from './kubernetes-parts.js';
import { type Kubectl, kubectlOf, type Output } from './kubernetes-run.js';
import { type ProcessHandle, startProcess } from './managed-process.js';
import { claimFreeOffset } from './ports.js';
import { poll } from './readiness.js';
import { takeDataFolder } from './run-records.js';
import { findOrInstallProgram } from './system-package.js';

/** A Kubernetes control plane of our own with two nodes that exist on paper: pods are scheduled and get ready, nothing runs. */
export interface Cluster {
  /** The file that names it. */
  readonly kubeconfig: string;
  readonly kubectl: Kubectl;
  readonly kubectlProgram: string;
  /** Files with the definitions of kinds that it does not bring. */
  readonly definitions: readonly string[];
  readonly nodes: readonly string[];
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

const loopback = '127.0.0.1';
const nodes = ['node-1', 'node-2'];
/** Debian's etcd is too old for it: kwok's watches would fail again and again, and be tried ever more slowly. */
const withoutListsByWatch = '--feature-gates=WatchList=false';

const portsAt = (offset: number) => ({
  ...{ etcd: 2379 + offset, etcdPeer: 2380 + offset, apiServer: 6443 + offset },
  ...{ controllers: 10_257 + offset, scheduler: 10_259 + offset },
});

const etcdFlags = (dataDir: string, { etcd, etcdPeer }: ReturnType<typeof portsAt>): string[] => {
  const [client, peer] = [`http://${loopback}:${etcd}`, `http://${loopback}:${etcdPeer}`];
  return [
    ...['--data-dir', join(dataDir, 'etcd'), '--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
  ];
};

const kubeconfigOf = (server: string, certificate: string, token: string): string =>
  stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': certificate } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
  });

const nodeOf = (name: string): object => ({
  ...{ apiVersion: 'v1', kind: 'Node' },
  metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } },
  status: {
    allocatable: { cpu: '8', memory: '16Gi', pods: '110' },
    capacity: { cpu: '8', memory: '16Gi', pods: '110' },
  },
});

/** Starts it in a temporary folder, on free ports. It goes when this process dies. @throws Failure with what to do */
export async function startCluster(log: (line: string) => void): Promise<Cluster> {
  const { go, folder: programs } = await buildKubernetes(log);
  const etcd = await findOrInstallProgram('etcd', 'etcd-server', log);
  const dataDir = mkdtempSync(join(tmpdir(), 'order-service-kubernetes-'));
  const guard = startGuard(dataDir, true);
  const records = await takeDataFolder(dataDir, () => undefined);
  const { offset, release } = await claimFreeOffset((from) => Object.values(portsAt(from)));
  const ports = portsAt(offset);
  const onUnexpectedEnd = ({ name, logFile }: ProcessHandle): void =>
    log(`${name} ended unasked; its log is ${logFile}`);
  const started: ProcessHandle[] = [];
  const run = async (name: string, command: string, args: readonly string[]): Promise<ProcessHandle> => {
    const env = { ...process.env, HOME: dataDir, KUBECONFIG: undefined };
    const spec = { ...{ name, command, args, env }, cwd: dataDir, logFile: openLog(dataDir, name) };
    const handle = await startProcess(spec, { records, onUnexpectedEnd });
    started.push(handle);
    return handle;
  };
  const stop = async (): Promise<void> => {
    records.close();
    // The API server before etcd, without which it takes a minute to end.
    for (const handle of started.toReversed()) await handle.stop(20_000);
    records.release();
    await release();
    await guard.dismiss();
    rmSync(dataDir, { recursive: true, force: true });
  };

  try {
    await run('etcd', etcd, etcdFlags(dataDir, ports));
    const [key, certificates, kubeconfig] = ['accounts.key', 'certificates', 'kubeconfig'].map((name) =>
      join(dataDir, name),
    );
    if (key === undefined || certificates === undefined || kubeconfig === undefined) throw new Error('no names');
    mkdirSync(certificates);
    execFileSync('openssl', ['genrsa', '-out', key, '2048'], { stdio: 'ignore' });
    const token = randomBytes(18).toString('base64url');
    const tokens = join(dataDir, 'tokens.csv');
    writeFileSync(tokens, `${token},admin,admin,system:masters\n`, { mode: 0o600 });
    const server = await run('kube-apiserver', join(programs, 'kube-apiserver'), [
      ...[
        `--etcd-servers=http://${loopback}:${ports.etcd}`,
        `--bind-address=${loopback}`,
        `--secure-port=${ports.apiServer}`,
      ],
      ...[`--cert-dir=${certificates}`, '--service-cluster-ip-range=10.96.0.0/16', `--token-auth-file=${tokens}`],
      ...['--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${key}`],
      ...[`--service-account-signing-key-file=${key}`, '--authorization-mode=RBAC', withoutListsByWatch],
    ]);
    const certificate = join(certificates, 'apiserver.crt');
    const address = `https://${loopback}:${ports.apiServer}`;
    writeFileSync(kubeconfig, kubeconfigOf(address, certificate, token), { mode: 0o600 });
    const kubectlProgram = join(programs, 'kubectl');
    const kubectl = kubectlOf(kubectlProgram, kubeconfig);
    const alive = (): boolean => server.pid !== undefined;
    const unready = await poll(async () => faultOf(await kubectl(['get', '--raw', '/readyz'])), 90_000, alive);
    if (unready !== undefined) throw new Failure(`The API server does not become ready (${unready}).`);

    await run('kube-controller-manager', join(programs, 'kube-controller-manager'), [
      ...[`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--controllers=*,-nodelifecycle,-nodeipam'],
      ...[`--service-account-private-key-file=${key}`, `--root-ca-file=${certificate}`],
      ...[`--bind-address=${loopback}`, `--secure-port=${ports.controllers}`],
    ]);
    await run('kube-scheduler', join(programs, 'kube-scheduler'), [
      ...[`--kubeconfig=${kubeconfig}`, '--leader-elect=false'],
      ...[`--bind-address=${loopback}`, `--secure-port=${ports.scheduler}`],
    ]);
    await run('kwok', join(programs, 'kwok'), [
      ...[`--kubeconfig=${kubeconfig}`, '--manage-all-nodes', '--cidr=10.0.0.1/24', '--node-ip=10.0.0.1'],
      ...kwokStages(go).map((file) => `--config=${file}`),
    ]);
    await makeNodes(kubectl);
    return { kubeconfig, kubectl, kubectlProgram, nodes, stop, definitions: definitions(go) };
  } catch (error) {
    await stop();
    throw error;
  }
}

const faultOf = ({ ok, text }: Output): string | undefined => (ok ? undefined : text.trim());

const makeNodes = async (kubectl: Kubectl): Promise<void> => {
  for (const name of nodes) {
    const made = await kubectl(['create', '-f', '-'], JSON.stringify(nodeOf(name)));
    if (!made.ok) throw new Failure(`The node ${name} cannot be made: ${made.text.trim()}`);
    // The controller that would take it away also watches leases of kubelets, which there are none of.
    const taint = 'node.kubernetes.io/not-ready:NoSchedule-';
    const fault = await poll(async () => faultOf(await kubectl(['taint', 'node', name, taint])), 30_000);
    if (fault !== undefined && !fault.includes('not found'))
      throw new Failure(`The node ${name} stays unready: ${fault}`);
  }
};
