import { randomUUID } from 'node:crypto';
import type { Authorship, NumberedEntry } from '../actors/order-store.js';
import type { Effect, Target } from '../actors/rules/effects.js';
import { toStored } from '../actors/rules/stored-entry.js';
import { type ClaimedEffect, toEffect } from './effects.js';

/**
 * Who does effects in this process, as the statements that cause them see it: an effect may be inserted as claimed already,
 * and is then done without a look at the queue (docs/adr/0022-effects-born-claimed.md).
 */
export interface EffectClaims {
  /** How long a claim holds, milliseconds. */
  readonly leaseMs: number;
  /** Keeps room for one effect of a target, if there is any. */
  reserve(target: Target): boolean;
  /** Gives kept room back. */
  release(target: Target): void;
  /** Takes effects that were inserted with a claim, each in the room that was kept for it. */
  take(effects: readonly ClaimedEffect[]): void;
  /** There are effects that nobody has claimed. */
  wake(): void;
}

/** Where nothing is done in this process: every effect is found in the queue. */
export const noClaims: EffectClaims = {
  leaseMs: 0,
  reserve: () => false,
  release: () => undefined,
  take: () => undefined,
  wake: () => undefined,
};

/** The effects of one statement, before it is sent and after. */
export interface Birth {
  /** Rows of `order_effects` as JSON; those to be born claimed have a claim. */
  readonly rows: string;
  /** The statement has written them; those of these keys are ours (undefined: all with a claim), others wait in the queue. */
  born(keys: readonly string[] | undefined, about: About): void;
  /** Gives back the room that was not used: nothing was written, or nobody knows and the lease brings back what was. */
  end(): void;
}

/** What the statement told of its effects. */
interface About extends Pick<Authorship, 'caller' | 'at' | 'traceparent'> {
  readonly orderId: string;
  readonly orderNumber: string;
  /** As the database has it. */
  readonly queuedAt: string;
  /** Puts the order number in the place of its placeholder. */
  readonly complete: <T>(value: T) => T;
}

interface Placed {
  readonly effect: Effect;
  readonly of: NumberedEntry;
  readonly position: number;
  readonly claim: string | undefined;
}

const toClaimed = ({ effect, of, claim = '' }: Placed, about: About): ClaimedEffect => {
  const { orderId, orderNumber, caller, at, queuedAt, traceparent = null, complete } = about;
  const published = effect.target === 'events' ? toStored(of.entry) : undefined;
  const { payload, stored } = complete({ payload: effect.payload, stored: published });
  return toEffect({
    key: effect.key,
    claim,
    order_id: orderId,
    version: of.version,
    target: effect.target,
    operation: effect.operation,
    payload,
    attempts: 1,
    created_at: at,
    queued_at: queuedAt,
    traceparent,
    type: stored?.type ?? null,
    data: (stored?.data as Effect['payload'] | undefined) ?? null,
    personal: stored?.personal,
    at,
    by_type: caller.type,
    by_id: caller.id,
    order_number: orderNumber,
    hash: of.link?.hash ?? null,
  });
};

/**
 * Decides which effects of a statement are born claimed: the first of each lane, if it is due at once and its target has
 * room. Whether an earlier one of its lane is unsettled is for the statement to see.
 *
 * @param mayClaim false where the statement does something to lanes that it cannot see itself
 */
export const beginBirth = (claims: EffectClaims, entries: readonly NumberedEntry[], mayClaim: boolean): Birth => {
  const lanes = new Set<Target>();
  const placed = entries.flatMap((of) =>
    of.effects.map((effect, position): Placed => {
      const isFirst = !lanes.has(effect.target);
      lanes.add(effect.target);
      const ours = mayClaim && isFirst && effect.not_before === undefined && claims.reserve(effect.target);
      return { effect, of, position, claim: ours ? randomUUID() : undefined };
    }),
  );
  let reserved = placed.filter(({ claim }) => claim !== undefined);
  return {
    rows: JSON.stringify(
      placed.map(({ effect, of: { version }, position, claim }) => ({ ...effect, version, position, claim })),
    ),
    born: (keys, about) => {
      const ours = reserved.filter(({ effect }) => keys?.includes(effect.key) !== false);
      reserved = reserved.filter((one) => !ours.includes(one));
      claims.take(ours.map((one) => toClaimed(one, about)));
      if (ours.length < placed.length) claims.wake();
    },
    end: () => {
      for (const { effect } of reserved) claims.release(effect.target);
    },
  };
};
