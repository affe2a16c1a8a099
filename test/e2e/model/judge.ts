import { isDeepStrictEqual } from 'node:util';
import type { Channel } from '../../../actors/command-envelope.js';
import type { Caller } from '../../../actors/rules/order-parts.js';
import { type Call, mayCall } from '../../../api/caller.js';
import { seenBy } from '../../../api/redaction.js';
import type { Answer } from '../../support/driver.js';
import { errorTable } from '../../support/error-table.js';
import type { Gateway, News, Request } from './inputs.js';
import { sourceOf } from './inputs.js';
import type { Verdict } from './verdicts.js';
import { ask, fingerprint, idOfEvent, idOfKey, type Outcome, withLetter, type World } from './world.js';

/** An input, and what was seen to come of it. */
export type Seen =
  { readonly input: Request; readonly answer: Answer } | { readonly input: News; readonly verdict: Verdict };

/** What the model makes of an input: the outcome, who would have written what it writes, and what was seen that does not fit. */
export interface Judgement extends Outcome {
  readonly commandId: string | undefined;
  readonly caller: Caller;
  readonly channel: Channel;
  /** Undefined: it fits. */
  readonly misfit: string | undefined;
}

/** Values as JSON carries them. */
export const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const channels: Readonly<Record<Gateway, Channel>> = {
  'REST 1': 'rest',
  'REST 2': 'rest',
  'gRPC 1': 'grpc',
  'gRPC 2': 'grpc',
  invocation: 'invoke',
};

const callOf = ({ command }: Request): Call => (command.type === 'retry_refund' ? 'staff' : command.type);

const outcomeOf = (world: World, request: Request, now: string): Outcome => {
  const { caller, command, key, ifMatch } = request;
  const commandId = key === undefined ? undefined : idOfKey(caller, key);
  const refuse = (why: string): Outcome => ({ reply: { kind: 'refused', why }, entries: [], world });
  if (!mayCall(caller, callOf(request))) return refuse('forbidden');
  if (command.type === 'create') {
    const same = commandId !== undefined && world.receipts.get(commandId) === fingerprint(command);
    return same ? { reply: { kind: 'done', replayed: true }, entries: [], world } : refuse('idempotency_key_reused');
  }
  if (command.type === 'retry_refund' && !world.state.refunds.some(({ key: known }) => known === command.key))
    return refuse('not_found');
  return ask(world, { command, caller, commandId, requestHash: fingerprint(command), ifVersion: ifMatch }, now);
};

const answerMisfit = (
  { reply, world }: Outcome,
  { caller, gateway, command }: Request,
  answer: Answer,
): string | undefined => {
  const protocol = gateway.startsWith('gRPC') ? 'grpc' : 'http';
  const { ok, status, code, replayed, order, etag } = answer;
  if (reply.kind !== 'done') {
    const expected = reply.kind === 'refused' ? reply.why : 'illegal_transition';
    const fits = !ok && code === expected && status === Number(errorTable[code as keyof typeof errorTable][protocol]);
    return fits ? undefined : `expected ${expected}, answered ${status} ${code ?? `version ${order?.version}`}`;
  }
  if (!ok) return `expected ${reply.replayed ? 'a repeat' : 'to be taken'}, answered ${status} ${code}`;
  if (command.type === 'retry_refund') return undefined;
  if (replayed !== reply.replayed) return `expected ${reply.replayed ? 'a' : 'no'} repeat`;
  if (etag !== `"${order?.version}"`) return `etag ${etag} of version ${order?.version}`;
  const { id, version } = world.state.order;
  const whole = { id, version, document: JSON.stringify(world.state.order) };
  const expected: unknown = JSON.parse(seenBy(caller, whole).document);
  return isDeepStrictEqual(order, expected)
    ? undefined
    : `expected the order ${JSON.stringify(expected)}, answered ${JSON.stringify(order)}`;
};

const verdictOf = ({ reply }: Outcome): Verdict => {
  if (reply.kind === 'done') return { kind: reply.replayed ? 'stale' : 'applied', reason: undefined };
  return reply.kind === 'stale' ? { kind: 'stale', reason: undefined } : { kind: 'unfit', reason: reply.why };
};

const verdictMisfit = (expected: Verdict, { kind, reason }: Verdict): string | undefined =>
  expected.kind === kind && expected.reason === reason
    ? undefined
    : `expected ${expected.kind} ${expected.reason ?? ''}, was ${kind} ${reason ?? ''}`;

const judgeEvent = (world: World, news: News, verdict: Verdict, now: string): Judgement => {
  const { topic, id, data } = news;
  const source = sourceOf(topic);
  const by = { commandId: idOfEvent(source, id), caller: { type: 'service', id: source }, channel: 'event' } as const;
  const asked = { ...by, requestHash: fingerprint({ topic, data }) };
  if (topic === 'customer.created') return judgeCustomer(world, news, verdict, now);
  const command = { type: 'take_event', topic, source, event_id: id, data, time: news.time } as const;
  const outcome = ask(world, { ...asked, command }, now);
  const expected = verdictOf(outcome);
  const misfit = verdictMisfit(expected, verdict);
  const after = expected.kind === 'unfit' ? withLetter(world, topic, id, expected.reason ?? '') : outcome.world;
  return { ...outcome, world: after, ...by, misfit };
};

type CustomerNews = Extract<News, { topic: 'customer.created' }>;

/** The order is looked up by its email first; so while another link is under way, one too late still counts as applied. */
const judgeCustomer = (world: World, { topic, id, data }: CustomerNews, verdict: Verdict, now: string): Judgement => {
  const source = sourceOf(topic);
  const by = { commandId: idOfEvent(source, id), caller: { type: 'service', id: source }, channel: 'event' } as const;
  const { customer_id, email, email_verified } = data;
  const meant = email_verified && world.state.order.guest_email?.toLowerCase() === email.toLowerCase();
  const nothing: Outcome = { reply: { kind: 'stale', why: 'no such guest' }, entries: [], world };
  const asked = { ...by, requestHash: customer_id, command: { type: 'link_customer', customer_id, email } } as const;
  const outcome = meant ? ask(world, asked, now) : nothing;
  const late = meant && verdict.kind === 'applied' && outcome.entries.length === 0;
  return { ...outcome, ...by, misfit: late ? undefined : verdictMisfit(verdictOf(outcome), verdict) };
};

/** What the model makes of an input at this point of the order's life. */
export const judge = (world: World, seen: Seen, now: string): Judgement => {
  if ('verdict' in seen) return judgeEvent(world, seen.input, seen.verdict, now);
  const { input, answer } = seen;
  const { caller, key, gateway } = input;
  const outcome = outcomeOf(world, input, now);
  const commandId = key === undefined ? undefined : idOfKey(caller, key);
  return { ...outcome, commandId, caller, channel: channels[gateway], misfit: answerMisfit(outcome, input, answer) };
};
