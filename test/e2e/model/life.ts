import { types } from 'node:util';
import { expect } from '@jest/globals';
import { decideCreate } from '../../../actors/rules/lifecycle.js';
import { effectsOf } from '../../../actors/rules/effects.js';
import { evolve } from '../../../actors/rules/evolve.js';
import type { Order } from '../../../actors/rules/order.js';
import type { Answer } from '../../support/driver.js';
import { taken } from '../../support/outcomes.js';
import { patience, type Shop, until } from '../../support/shop.js';
import { draw, drawCreation, type Drawing, emailOf } from './draw.js';
import { explain, refundIdOf } from './explain.js';
import { type Input, type News, type Request, told } from './inputs.js';
import type { Seen } from './judge.js';
import { type Intent, type Plan, retryOf } from './plans.js';
import type { Send } from './senders.js';
import { type Snapshot, takeSnapshot } from './snapshot.js';
import type { Verdicts } from './verdicts.js';
import { contextOf, fingerprint, idOfKey, type World } from './world.js';

/** Real parts, as the lives of orders use them. */
export interface Parts {
  readonly shop: Shop;
  readonly send: Send;
  readonly verdicts: Verdicts;
  /** How often each kind of input came to each kind of outcome: shows whether a run has seen enough. */
  readonly tally: Map<string, number>;
}

/** An order in the middle of its life: what the model holds of it, what was sent, what is left to compare. */
export interface Life {
  readonly tag: string;
  /** Sends these inputs at once, waits until the order is quiet, and compares. @throws Error that tells the whole story */
  step(intents: readonly Intent[]): Promise<void>;
  /** Staff asks once more for every refund that was refused. */
  retryRefunds(): Promise<void>;
  world(): World;
}

const answered = ({ ok, status, code, order, replayed }: Answer): string =>
  ok ? `version ${order?.version}${replayed ? ', a repeat' : ''}` : `${status} ${code}`;

const seenAs = (seen: Seen): string =>
  'answer' in seen ? answered(seen.answer) : `${seen.verdict.kind} ${seen.verdict.reason ?? ''}`;

const outcomes = <T>(settled: readonly PromiseSettledResult<T>[]): readonly T[] =>
  settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });

const kindOf = (seen: Seen): string => {
  if ('verdict' in seen) return `${seen.input.topic} ${seen.verdict.kind}`;
  const { ok, code, replayed } = seen.answer;
  return `${seen.input.command.type} ${ok ? (replayed ? 'repeated' : 'taken') : (code ?? 'failed')}`;
};

const count = (events: readonly News[], id: string): number => events.filter((event) => event.id === id).length;

/** Begins a life: makes the order of a plan and holds it against the rules. */
export const beginLife = async (parts: Parts, tag: string, plan: Plan): Promise<Life> => {
  const { shop, send, verdicts, tally } = parts;
  const drawing: Drawing = { tag, sent: [], count: 0 };
  const story: string[] = [];
  /** How many deliveries of an event have been explained. */
  const explained = new Map<string, number>();
  const news = new Map<string, News>();

  const failing = (error: unknown): Error => {
    const why = types.isNativeError(error) ? error.message : String(error);
    const again = `with the same ORDER_MODEL_SEED, ORDER_MODEL_ONLY=${tag} tries it alone`;
    return new Error(`${tag}: ${why}\nwhat happened to it (${again}):\n  ${story.join('\n  ')}`, { cause: error });
  };

  const create = async (): Promise<World> => {
    const owner = plan.guest ? { customer_id: undefined, guest_email: emailOf(tag) } : { customer_id: `${tag}-owner` };
    // By the names that events give payments (draw.ts).
    const payments = plan.order.payments?.map((one) => ({ ...one, payment_id: `${tag}-${one.payment_id}` }));
    const order = { ...plan.order, ...owner, ...(payments === undefined ? {} : { payments }) };
    const requests = drawCreation(drawing, order, plan);
    const answers = outcomes(await Promise.allSettled(requests.map((request) => send('', request))));
    for (const [n, request] of requests.entries())
      story.push(`${told(request)} ${JSON.stringify(request.body)}: ${answered(answers[n]!)}`);
    const [made] = answers.map(taken);
    // one of them makes the order
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    for (const other of answers.map(taken))
      // all answer the same order
      expect(other.id).toBe(made!.id);
    return worldOf(made!, order, requests[0]!);
  };

  const worldOf = ({ id, order_number, created_at }: Order, order: Plan['order'], request: Request): World => {
    const entry = decideCreate(order, order_number, contextOf(request.caller, created_at));
    const state = evolve(undefined, { order_id: id, version: 1, at: created_at, entry });
    return {
      state,
      receipts: new Map([[idOfKey(request.caller, request.key!), fingerprint(request.command)]]),
      unnamed: 0,
      letters: new Map(),
      effects: effectsOf(undefined, state, entry),
    };
  };

  /** The event by which the payment service tells of a refund of ours. */
  const refundNews = ({ effects }: Snapshot): readonly News[] =>
    effects
      .filter(({ operation, state }) => operation === 'payment.refund' && state === 'done')
      .map(({ key, payload }): News => {
        const refund_id = refundIdOf(key);
        const { order_id, payment_id, amount, currency } = payload as unknown as Record<string, string>;
        const data = { order_id: order_id!, payment_id, amount, currency, refund_id };
        return { kind: 'event', topic: 'payment.refunded', id: `payment.refunded:${refund_id}`, data };
      });

  const isQuiet = ({ document, effects }: Snapshot): boolean =>
    !effects.some(({ target, state }) => target === 'payment' && state === 'pending') &&
    !document.deadlines.some(({ at }) => Date.parse(at) <= Date.now());

  /** Until every event has been taken, and the order has nothing more to do by itself. */
  const quiet = async (orderId: string, published: readonly News[]): Promise<Snapshot> => {
    const taken = ({ id }: News): boolean => verdicts.of(id).length >= (explained.get(id) ?? 0) + count(published, id);
    let heardBefore: ReadonlySet<string> = new Set();
    const look = async (): Promise<Snapshot | undefined> => {
      if (!published.every(taken)) return undefined;
      const snapshot = await takeSnapshot(shop, orderId);
      const fresh = refundNews(snapshot).filter(({ id }) => !explained.has(id));
      // What was taken only a moment ago may be missing from this look at the order.
      const complete = fresh.every(({ id }) => heardBefore.has(id));
      heardBefore = new Set(fresh.map(({ id }) => id).filter((id) => verdicts.of(id).length > 0));
      return complete && isQuiet(snapshot) ? snapshot : undefined;
    };
    return until(`${tag} is quiet`, look, patience, 60);
  };

  /** Every delivery that nobody has explained yet, late ones of earlier events too. */
  const deliveries = (snapshot: Snapshot): readonly Seen[] => {
    for (const event of refundNews(snapshot)) news.set(event.id, event);
    return [...news.values()].flatMap((input) => {
      const fresh = verdicts.of(input.id).slice(explained.get(input.id) ?? 0);
      explained.set(input.id, (explained.get(input.id) ?? 0) + fresh.length);
      return fresh.map((verdict) => ({ input, verdict }));
    });
  };

  const sendAll = async (orderId: string, inputs: readonly Input[]): Promise<readonly Seen[]> => {
    const sending = inputs.map(async (input): Promise<Seen | undefined> => {
      if (input.kind === 'call') return { input, answer: await send(orderId, input) };
      await shop.publish(
        input.topic,
        input.data,
        input.id,
        input.topic === 'customer.created' ? undefined : input.time,
      );
      return undefined;
    });
    return outcomes(await Promise.allSettled(sending)).filter((seen) => seen !== undefined);
  };

  let world: World;
  try {
    world = await create();
  } catch (error) {
    throw failing(error);
  }
  const orderId = world.state.order.id;

  const step = async (intents: readonly Intent[]): Promise<void> => {
    const inputs = draw(drawing, world.state, intents);
    const events = inputs.filter((input) => input.kind === 'event');
    for (const event of events) news.set(event.id, event);
    try {
      const answers = await sendAll(orderId, inputs);
      const snapshot = await quiet(orderId, events);
      const seen = [...answers, ...deliveries(snapshot)];
      story.push(...seen.map((one, n) => `${n === 0 ? '-' : ' '} ${told(one.input)}: ${seenAs(one)}`));
      world = explain(world, seen, snapshot);
      for (const kind of seen.map(kindOf)) tally.set(kind, (tally.get(kind) ?? 0) + 1);
    } catch (error) {
      throw failing(error);
    }
  };

  return {
    tag,
    world: () => world,
    step,
    retryRefunds: async () => {
      for (const [nth, { state }] of world.state.refunds.entries()) if (state === 'refused') await step([retryOf(nth)]);
    },
  };
};
