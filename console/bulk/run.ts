import { call } from '../api/client.js';
import { begin, type Command, newKey, perform } from '../api/commands.js';
import type { Preview, Problem } from '../api/types.js';
import type { BulkAction } from './draft.js';

/** What came, or would come, of one order. */
export interface Outcome {
  readonly order_id: string;
  readonly outcome: 'done' | 'refused' | 'unavailable';
  readonly problem?: Problem;
  readonly preview?: Preview;
}

interface Results {
  readonly results: readonly Outcome[];
}

/** Orders in one request: few enough that the progress can be seen. */
const atOnce = 20;

const parted = (ids: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / atOnce) }, (_, n) => ids.slice(n * atOnce, (n + 1) * atOnce));

const unreached = (ids: readonly string[], problem: Problem): readonly Outcome[] =>
  ids.map((order_id) => ({ order_id, outcome: 'unavailable', problem }));

/** A faulty form is told as such and not once for each order. */
type Told =
  { readonly ok: true; readonly outcomes: readonly Outcome[] } | { readonly ok: false; readonly problem: Problem };

/** Asks what would become of each order. */
export const previewBulk = async (
  action: BulkAction,
  ids: readonly string[],
  fields: object,
  onProgress: (done: number) => void,
): Promise<Told> => {
  const outcomes: Outcome[] = [];
  for (const order_ids of parted(ids)) {
    const body = { action, order_ids, ...fields };
    const result = await call<Results>('/bulk?dry_run=true', { method: 'POST', body });
    if (!result.ok) return { ok: false, problem: result.problem };
    outcomes.push(...result.value.results);
    onProgress(outcomes.length);
  }
  return { ok: true, outcomes };
};

/** The requests that change these orders, each with a key: the same ones again do nothing twice. */
export const bulkCommands = (
  action: BulkAction,
  ids: readonly string[],
  fields: object,
  title: string,
): readonly Command[] =>
  parted(ids).map((order_ids) => ({
    key: newKey(),
    title: `${title} (${order_ids.length})`,
    method: 'POST',
    path: '/bulk',
    body: { action, order_ids, ...fields },
  }));

const idsOf = ({ body }: Command): readonly string[] => (body as { readonly order_ids: readonly string[] }).order_ids;

/**
 * Sends the requests one after the other. All are kept until they are answered: a reload goes on with them.
 *
 * @param before what is known from an attempt before: a request of which every order was answered is not sent again
 */
export const runBulk = async (
  commands: readonly Command[],
  before: readonly Outcome[],
  onProgress: (outcomes: readonly Outcome[]) => void,
): Promise<readonly Outcome[]> => {
  const isOpen = (id: string): boolean =>
    before.every(({ order_id, outcome }) => order_id !== id || outcome === 'unavailable');
  const open = commands.filter((command) => idsOf(command).some(isOpen));
  const again = new Set(open.flatMap(idsOf));
  let outcomes = before.filter(({ order_id }) => !again.has(order_id));
  begin(open);
  for (const command of open) {
    const result = await perform<Results>(command);
    outcomes = [...outcomes, ...(result.ok ? result.value.results : unreached(idsOf(command), result.problem))];
    onProgress(outcomes);
  }
  return outcomes;
};
