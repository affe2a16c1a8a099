import { spawn } from 'node:child_process';
import { Failure } from './failure.js';
import type { Cluster } from './kubernetes-cluster.js';
import { demand, type Kubectl, type Output, run } from './kubernetes-run.js';
import { poll } from './readiness.js';

/** A chart with the values to try it with, and where. */
export interface Trial {
  readonly helm: string;
  readonly chart: string;
  readonly values: string;
  readonly namespace: string;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly image: string }[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const replicas = 3;
const name = 'order-service';
const patienceMs = 120_000;

/** Questions to the API server about one namespace. */
const questionsOf = (kubectl: Kubectl, namespace: string) => {
  const within: Kubectl = (args, input) => kubectl(['-n', namespace, ...args], input);
  const read = async <T>(...args: readonly string[]): Promise<T> => {
    const { ok, text } = await within(['get', ...args, '-o', 'json']);
    if (!ok) throw new Failure(`kubectl get ${args.join(' ')} failed:\n${text.trim()}`);
    return JSON.parse(text) as T;
  };
  const pods = async (): Promise<readonly Pod[]> =>
    (await read<{ readonly items: readonly Pod[] }>('pods', '-l', `app=${name}`)).items.filter(
      ({ metadata }) => metadata.deletionTimestamp === undefined,
    );
  const waitUntil = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    const fault = await poll(async () => ((await holds()) ? undefined : what), patienceMs);
    if (fault !== undefined) throw new Failure(`Timed out after ${patienceMs / 1_000} s waiting until ${fault}.`);
    console.log(`${what}: ok`);
  };
  return { within, read, pods, waitUntil };
};

type Questions = ReturnType<typeof questionsOf>;

const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;

const expect = (what: string, holds: boolean, found: unknown): void => {
  if (!holds) throw new Failure(`Expected that ${what}, but found ${JSON.stringify(found)}.`);
  console.log(`${what}: ok`);
};

/** The numbers of pods that are there and that are ready, as the API server reports every change, until it is ended. */
const watchRollout = ({ kubeconfig, kubectlProgram }: Cluster, namespace: string) => {
  const fields = 'jsonpath={.status.replicas} {.status.readyReplicas}{"\\n"}';
  const args = ['--kubeconfig', kubeconfig, '-n', namespace, 'get', 'deployment', name, '--watch', '-o', fields];
  const child = spawn(kubectlProgram, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
  const closed = new Promise((resolve) => child.once('close', resolve));
  return async () => {
    child.kill('SIGKILL');
    await closed;
    const seen = text
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number));
    return {
      most: Math.max(...seen.map(([all]) => all ?? 0)),
      least: Math.min(...seen.map(([, ready]) => ready ?? 0)),
    };
  };
};

/** What must be true whenever a release is complete. */
const checkRelease = async ({ read, pods, waitUntil }: Questions, image: string): Promise<void> => {
  await waitUntil(`${replicas} pods of ${image} are ready and no others are there`, async () => {
    const all = await pods();
    const current = all.filter((pod) => isReady(pod) && pod.spec.containers.some((one) => one.image === image));
    return all.length === replicas && current.length === replicas;
  });
  for (const service of [name, `${name}-metrics`]) {
    await waitUntil(`the Service ${service} leads to ${replicas} pods`, async () => {
      interface Slice {
        readonly endpoints?: readonly { readonly conditions: { readonly ready?: boolean } }[] | null;
      }
      const found = await read<{ readonly items: readonly Slice[] }>(
        ...['endpointslices', '-l', `kubernetes.io/service-name=${service}`],
      );
      return (
        found.items.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions.ready === true)
          .length === replicas
      );
    });
  }
};

interface Budget {
  readonly status: { readonly expectedPods: number; readonly disruptionsAllowed: number };
}

/** A drain: one pod at a time, and the next when a new one is ready. */
const drain = async (questions: Questions, { kubectl, nodes }: Cluster, namespace: string): Promise<void> => {
  const { within, read, pods, waitUntil } = questions;
  await waitUntil('the budget allows one disruption', async () => {
    const { status } = await read<Budget>('poddisruptionbudget', name);
    return status.expectedPods === replicas && status.disruptionsAllowed === 1;
  });
  for (const node of nodes) demand(`closing ${node}`, await kubectl(['cordon', node]));
  const evict = (pod: Pod | undefined): Promise<Output> => {
    const about = { name: pod?.metadata.name ?? '', namespace };
    const path = `/api/v1/namespaces/${namespace}/pods/${about.name}/eviction`;
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: about };
    return within(['create', '--raw', path, '-f', '-'], JSON.stringify(body));
  };
  const before = await pods();
  demand('evicting one pod', await evict(before[0]));
  // Its successor finds no node, so the budget has nothing left.
  const refusal = await evict(before[1]);
  expect('a second eviction is refused', !refusal.ok && refusal.text.includes('disruption budget'), refusal.text);
  for (const node of nodes) demand(`opening ${node}`, await kubectl(['uncordon', node]));
  await waitUntil('a successor is ready', async () => (await pods()).filter(isReady).length === replicas);

  for (const node of nodes) {
    const options = ['--ignore-daemonsets', '--delete-emptydir-data', '--timeout=120s'];
    demand(`draining ${node}`, await kubectl(['drain', node, ...options]));
    await waitUntil(`no pod is on ${node} and ${replicas} are ready elsewhere`, async () => {
      const all = await pods();
      return all.length === replicas && all.every((pod) => isReady(pod) && pod.spec.nodeName !== node);
    });
    demand(`opening ${node}`, await kubectl(['uncordon', node]));
  }
};

/** Installs the chart, upgrades it, drains the nodes, rolls it back and removes it, on a cluster of our own. @throws Failure */
export const tryChart = async (cluster: Cluster, trial: Trial): Promise<void> => {
  const { helm, chart, values, namespace } = trial;
  const questions = questionsOf(cluster.kubectl, namespace);
  const { read, within } = questions;
  const askHelm = (...args: readonly string[]): Promise<Output> =>
    run(helm, [...args, '--namespace', namespace, '--kubeconfig', cluster.kubeconfig]);
  const own = ['serviceMonitor', 'rules', 'dashboards'].map((what) => `monitoring.${what}=true`);
  const options = [chart, '--values', values, ...own.flatMap((value) => ['--set', value]), '--timeout', '3m'];
  const image = (tag: string): string => `registry.example.com/order-service:${tag}`;

  let seen = { most: 0, least: 0 };

  demand('helm install', await askHelm('install', name, ...options));
  await checkRelease(questions, image('2.0.0'));
  const jobs = await read<{ readonly items: readonly unknown[] }>('jobs');
  expect('the job that migrates has run and has gone', jobs.items.length === 0, jobs.items);
  const events = await within([
    'get',
    'events',
    '--field-selector',
    'involvedObject.kind=Job,reason=Completed',
    '-o',
    'name',
  ]);
  expect('it has ended well', events.ok && events.text.trim() !== '', events.text);

  const endWatch = watchRollout(cluster, namespace);
  try {
    demand('helm upgrade', await askHelm('upgrade', name, ...options, '--set', 'image.tag=2.0.1'));
    await checkRelease(questions, image('2.0.1'));
  } finally {
    seen = await endWatch();
  }
  const gentle = seen.least === replicas && seen.most === replicas + 1;
  expect(`never less than ${replicas} pods ready, never more than ${replicas + 1} there`, gentle, seen);
  await drain(questions, cluster, namespace);
  demand('helm rollback', await askHelm('rollback', name, '1', '--timeout', '3m'));
  await checkRelease(questions, image('2.0.0'));
  demand('helm uninstall', await askHelm('uninstall', name));
  await questions.waitUntil('nothing of the release is left', async () => {
    const kinds =
      'deployments,pods,services,configmaps,horizontalpodautoscalers,poddisruptionbudgets,components,subscriptions,servicemonitors,prometheusrules';
    const { ok, text } = await within(['get', kinds, '-l', `app=${name}`, '-o', 'name']);
    return ok && text.trim() === '';
  });
};
