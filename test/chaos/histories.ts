import { stringify } from 'safe-stable-stringify';
import type { Context } from '../../actors/rules/commands.js';
import { decide } from '../../actors/rules/decide.js';
import type { OrderState } from '../../actors/rules/order.js';
import { fromStored } from '../../actors/rules/stored-entry.js';
import { type Evidence, replayedOf } from '../support/invariants.js';
import { context } from '../support/given.js';
import { type Commit, type Known, unexplained } from './linearizable.js';
import type { Operation } from './operations.js';

/** Marks what clients of ours wrote. */
const isOperation = (text: unknown): text is string => typeof text === 'string' && text.startsWith('op-');

/** The operation that wrote an entry: the mark that it left there. */
const writerOf = (row: Evidence['journal'][number]): string | undefined => {
  const entry = fromStored(row);
  const { type, data } = entry;
  const reason = 'reason' in data ? data.reason : undefined;
  const held = entry.type === 'order.held' || entry.type === 'order.released' ? entry.personal?.reason : undefined;
  const mark = type === 'order.created' ? data.metadata['op'] : (held ?? reason);
  return isOperation(mark) ? mark : undefined;
};

/** The statements that wrote a journal; entries of one command were one statement. */
export const commitsOf = ({ journal }: Evidence): readonly Commit[] => {
  const commits: (Commit & { readonly command: string })[] = [];
  for (const entry of journal) {
    const { version, command_id: command } = entry;
    const before = commits.at(-1);
    if (before?.command === command) {
      commits[commits.length - 1] = { ...before, last: version, writer: before.writer ?? writerOf(entry) };
    } else commits.push({ first: version, last: version, writer: writerOf(entry), command });
  }
  return commits;
};

/** Whoever asks is staff, and no refusal of these commands depends on the time. */
const asked: Context = context;

/** The version from which on a refusal is right: none of them is ever wrong again. */
const rightFrom = ({ command, code, ifVersion }: Operation, states: readonly OrderState[]): number | undefined => {
  if (code === 'version_conflict') return ifVersion === undefined ? undefined : ifVersion + 1;
  if (command === undefined) return undefined;
  const found = states.find((state) => {
    const decision = decide(state, command, asked);
    return decision.outcome === 'refused' && decision.refusal.code === code;
  });
  return found?.order.version;
};

const knownOf = (operation: Operation, states: readonly OrderState[]): readonly Known[] => {
  const { id, start, end, outcome, repeated, shown, command, call } = operation;
  const changes = command !== undefined || call === 'createOrder';
  const saw: readonly Known[] =
    shown === undefined ? [] : [{ kind: 'saw', id, start: shown.start, end: shown.end, version: shown.order.version }];
  if (!changes) return saw;
  switch (outcome) {
    case 'unknown':
      return [{ kind: 'unknown', id, start }];
    case 'refused':
      return [{ kind: 'refused', id, start, end, from: rightFrom(operation, states) }];
    case 'done':
      if (repeated || shown === undefined) return [{ kind: 'repeated', id, start, end }, ...saw];
      return [{ kind: 'changed', id, start, end, version: shown.order.version }];
  }
};

const text = (value: unknown): string => stringify(JSON.parse(JSON.stringify(value)) as object);

/** Every answer showed the order exactly as it was at the version that it named. */
const misshown = (operations: readonly Operation[], states: readonly OrderState[]): readonly string[] =>
  operations.flatMap(({ id, call, outcome, shown }) => {
    if (outcome !== 'done') return [];
    if (shown === undefined) return [`${id} (${call}) was not shown the order`];
    const state = states[shown.order.version - 1];
    return state === undefined || text(state.order) === text(shown.order)
      ? []
      : [`${id} (${call}) was shown a version ${shown.order.version} that never was: ${text(shown.order)}`];
  });

/** What cannot be explained of one order's history, as its clients logged it. */
export const faultsOfHistory = (evidence: Evidence, operations: readonly Operation[]): readonly string[] => {
  const states = replayedOf(evidence);
  const known = operations.flatMap((operation) => knownOf(operation, states));
  return [...unexplained(commitsOf(evidence), known), ...misshown(operations, states)].map(
    (fault) => `order ${evidence.row.id}: ${fault}`,
  );
};
