import { createHash } from 'node:crypto';
import { stringify } from 'safe-stable-stringify';
import { accessRefusal } from '../../../actors/rules/access.js';
import type { Context, OrderCommand } from '../../../actors/rules/commands.js';
import { type ChangeCommand, decide } from '../../../actors/rules/decide.js';
import type { Accepted } from '../../../actors/rules/decision.js';
import { type Effect, effectsOf } from '../../../actors/rules/effects.js';
import type { Entry } from '../../../actors/rules/entries.js';
import { evolve } from '../../../actors/rules/evolve.js';
import type { Caller } from '../../../actors/rules/order-parts.js';
import type { OrderState } from '../../../actors/rules/order.js';
import { policy } from '../../support/given.js';

/** What is known of one order by the rules alone. Never changed: each command makes the next one. */
export interface World {
  readonly state: OrderState;
  /** What each command id of a taken command stands for. */
  readonly receipts: ReadonlyMap<string, string>;
  /** Commands taken that have a random id. */
  readonly unnamed: number;
  /** Dead letters as `<topic> <event id>`, with every reason that was given for them. */
  readonly letters: ReadonlyMap<string, readonly string[]>;
  /** All that the order's entries set going, in order. */
  readonly effects: readonly Effect[];
}

/** A command with all that decides about it beside the order itself. */
export interface Asked {
  readonly command: ChangeCommand;
  readonly caller: Caller;
  /** Undefined: a random one, as commands without a key have. */
  readonly commandId?: string | undefined;
  readonly requestHash: string;
  readonly ifVersion?: number | undefined;
}

/** What the rules say to a command, and where that leaves the order. */
export interface Outcome {
  readonly reply:
    | { readonly kind: 'done'; readonly replayed: boolean }
    | { readonly kind: 'refused' | 'stale' | 'conflict'; readonly why: string };
  readonly entries: readonly Entry[];
  readonly world: World;
}

/** Who asks and when, under the usual configuration. */
export const contextOf = (caller: Caller, now: string): Context => ({ caller, now, policy });

const hash = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/** Same caller, same key: same command. */
export const idOfKey = ({ type, id }: Caller, key: string): string => hash(type, id, key);

/** Same source, same id: same event. */
export const idOfEvent = (source: string, id: string): string => hash('event', source, id);

/** What tells a repeat from a reused key. */
export const fingerprint = (command: OrderCommand | object): string => stringify(command);

/** A dead letter for an event, whatever is there already. */
export const withLetter = (world: World, topic: string, eventId: string, reason: string): World => {
  const name = `${topic} ${eventId}`;
  return { ...world, letters: new Map(world.letters).set(name, [...(world.letters.get(name) ?? []), reason]) };
};

const remembered = (world: World, { commandId, requestHash }: Asked): World =>
  commandId === undefined
    ? { ...world, unnamed: world.unnamed + 1 }
    : { ...world, receipts: new Map(world.receipts).set(commandId, requestHash) };

const evolved = (world: World, { entries, kept, released, givenUp }: Accepted, now: string): World => {
  let { state } = world;
  const effects: Effect[] = [];
  for (const entry of entries) {
    const before = state;
    state = evolve(before, { order_id: before.order.id, version: before.order.version + 1, at: now, entry });
    effects.push(...effectsOf(before, state, entry));
  }
  const waiting = [...state.waiting.filter((event) => !released.includes(event)), ...kept];
  const after: World = { ...world, state: { ...state, waiting }, effects: [...world.effects, ...effects] };
  return givenUp.reduce((next, { event, reason }) => withLetter(next, event.topic, event.event_id, reason), after);
};

const refused = (world: World, why: string): Outcome => ({ reply: { kind: 'refused', why }, entries: [], world });

/**
 * What an order says to a command: is it seen, was the command taken before, is the version right, what do the rules say;
 * in this order (docs/architecture.md).
 */
export const ask = (world: World, asked: Asked, now: string): Outcome => {
  const { command, caller, commandId, requestHash, ifVersion } = asked;
  const noAccess = accessRefusal(world.state, caller, now);
  if (noAccess !== undefined) return refused(world, noAccess.code);
  const known = commandId === undefined ? undefined : world.receipts.get(commandId);
  if (known !== undefined)
    return known === requestHash
      ? { reply: { kind: 'done', replayed: true }, entries: [], world }
      : refused(world, 'idempotency_key_reused');
  if (ifVersion !== undefined && ifVersion !== world.state.order.version) return refused(world, 'version_conflict');
  const decision = decide(world.state, command, contextOf(caller, now));
  switch (decision.outcome) {
    case 'refused':
      return refused(world, decision.refusal.code);
    case 'stale':
    case 'conflict':
      return { reply: { kind: decision.outcome, why: decision.reason }, entries: [], world };
    case 'accepted': {
      const after = evolved(world, decision, now);
      // An event that waits is not decided yet. A caller's command without a key cannot be sent again: where it changes
      // nothing, it leaves no receipt. The service's own commands always have an id.
      const idle = commandId === undefined && caller.type !== 'system' && decision.entries.length === 0;
      const next = decision.kept.length > 0 || idle ? after : remembered(after, asked);
      return { reply: { kind: 'done', replayed: false }, entries: decision.entries, world: next };
    }
  }
};

/** The same more than a day later: what still waits for its time is given up (docs/events.md). */
export const aDayLater = (world: World): World => {
  if (world.state.waiting.length === 0) return world;
  const now = new Date(Date.now() + 25 * 3_600_000).toISOString();
  const caller = { type: 'system', id: 'deadlines' } as const;
  return ask(world, { command: { type: 'reconsider' }, caller, requestHash: '' }, now).world;
};
