import { setTimeout as sleep } from 'node:timers/promises';
import { isNativeError as isError } from 'node:util/types';
import { type Context, context, type Span } from '@opentelemetry/api';
import type { Logger } from 'pino';
import { orderIdIn } from '../observability/logging.js';
import type { Admission } from './admission.js';
import type { Channel, CommandRequest, CommandSigner, Signed, Reply } from './command-envelope.js';
import { statusOfSdkError } from './dapr.js';
import { firstWithin } from './first-within.js';
import type { CallOrderActor } from './order-proxy.js';
import { inActorCall } from './spans.js';

/** What a gateway gets: the actor's reply, or that there was none in time. */
export type Answer = Reply | { readonly outcome: 'unavailable' };

/** Sends commands to the orders' actors, wherever placement has put them. */
export interface OrderClient {
  /**
   * Sends a command until it is answered, at most until the deadline (milliseconds from now; default 10 s). Only
   * infrastructure faults are tried again, always with the same command id, so a failover is a delay, not an error.
   */
  send(request: CommandRequest, deadlineMs?: number): Promise<Answer>;
}

/** Commands that this process has sent and that are not answered yet. */
export interface Backlog {
  readonly underWay: number;
  /** Those of them that came while another for the same order was under way. */
  readonly waiting: number;
}

/** A client that knows what it waits for. */
export interface CountingOrderClient extends OrderClient {
  backlog(): Backlog;
}

/** How a client reaches its sidecar. */
export interface OrderClientDeps {
  readonly callActor: CallOrderActor;
  readonly signer: CommandSigner;
  /** How many orders the gateways of this process work on at once. */
  readonly admission: Admission;
  readonly log: Logger;
}

const defaultDeadlineMs = 10_000;
/** Commands that may wait for one order in this process, beside the one that runs (docs/errors.md, `order_busy`). */
const mayWait = 128;
/** A command without an answer for so long is sent once more, beside those under way. */
const slowMs = 2_500;
const firstPauseMs = 25;
const longestPauseMs = 400;

/** What a caller waits for at a gateway is turned away when there is too much; what the service owes itself is not. */
const gateways: ReadonlySet<Channel> = new Set(['rest', 'grpc', 'invoke']);

/** The commands of one order that are under way in this process. */
interface Under {
  commands: number;
  /** Gives the order's place back; there is one while the order holds a place. */
  leave: (() => void) | undefined;
}

/** A command that is being sent. */
interface Sending {
  readonly request: CommandRequest;
  readonly signed: Signed;
  /** The context that calls are made in. */
  readonly within: Context;
  readonly span: Span;
  /** By `performance.now()`. */
  readonly end: number;
  readonly onTrouble: () => void;
  calls: number;
  over: boolean;
}

/** The gateway waits out a failover (docs/reliability.md). */
export const createOrderClient = ({ callActor, signer, admission, log }: OrderClientDeps): CountingOrderClient => {
  const orders = new Map<string, Under>();

  /** One call; undefined when infrastructure failed, or did not answer in time. */
  const call = async (sending: Sending, timeoutMs: number): Promise<Reply | undefined> => {
    const { request, signed, within, span } = sending;
    sending.calls += 1;
    try {
      // The proxy sets no time limit and cannot be cut off.
      const calling = context.with(within, () => callActor(request.orderId, signed));
      const answer = await firstWithin([calling], timeoutMs, undefined);
      const reply = signer.openReply(answer, signed);
      if (reply !== undefined) return reply;
      if (span.isRecording()) span.addEvent('actor not reached');
      if (answer === undefined) log.debug({ order_id: orderIdIn(request.orderId) }, 'no reply from the actor');
      else log.warn({ order_id: orderIdIn(request.orderId) }, 'the reply does not come from an actor of this service');
    } catch (error) {
      const status = isError(error) ? statusOfSdkError(error) : undefined;
      if (span.isRecording())
        span.addEvent('actor not reached', status === undefined ? {} : { 'http.response.status_code': status });
      log.debug({ err: error, order_id: orderIdIn(request.orderId) }, 'the sidecar could not reach the actor');
    }
    return undefined;
  };

  /** Calls until there is an answer, or the deadline; pauses between calls that failed. */
  const callUntil = async (sending: Sending): Promise<Answer> => {
    const { end } = sending;
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
      const left = end - performance.now();
      if (left <= 0 || sending.over) return { outcome: 'unavailable' };
      const reply = await call(sending, Math.ceil(left));
      if (reply !== undefined) return reply;
      sending.onTrouble();
      await sleep(Math.min(pause * (0.5 + Math.random()), Math.max(0, end - performance.now())));
    }
  };

  /**
   * Where there is no answer for a while, another line of calls begins beside those under way: the actor may be in a frozen
   * process and have moved meanwhile. None is cut off, since a cancelled waiter
   * disturbs the order of turns in the sidecar.
   */
  const sendUntil = async (sending: Sending): Promise<Answer> => {
    const lines: Promise<Answer>[] = [];
    try {
      for (;;) {
        lines.push(callUntil(sending));
        const answer = await firstWithin(lines, slowMs, 'slow' as const);
        if (answer !== 'slow') return answer;
        sending.onTrouble();
      }
    } finally {
      sending.over = true;
      if (sending.calls > 1) sending.span.setAttribute('http.request.resend_count', sending.calls - 1);
    }
  };

  const leave = (under: Under): void => {
    under.leave?.();
    under.leave = undefined;
  };

  /** An order takes one place, however many of its commands are under way: the first asks for it. */
  const admit = async (under: Under, { channel }: CommandRequest): Promise<boolean> => {
    if (under.commands > 1 || !gateways.has(channel)) return true;
    if (!(await admission.enter())) return false;
    under.leave = admission.leave;
    return true;
  };

  return {
    backlog: () => {
      const underWay = [...orders.values()].reduce((sum, { commands }) => sum + commands, 0);
      return { underWay, waiting: underWay - orders.size };
    },
    send: async (request, deadlineMs = defaultDeadlineMs) => {
      const end = performance.now() + deadlineMs;
      const under = orders.get(request.orderId) ?? { commands: 0, leave: undefined };
      if (under.commands > mayWait) return { outcome: 'refused', refusal: { code: 'order_busy' } };
      under.commands += 1;
      orders.set(request.orderId, under);
      try {
        if (!(await admit(under, request))) return { outcome: 'unavailable' };
        const signed = signer.sign(request, Date.now() + end - performance.now());
        // An order that rides out a failover does no work here: its place is for others.
        const onTrouble = (): void => leave(under);
        return await inActorCall(request, (span, within) =>
          sendUntil({ request, signed, within, span, end, onTrouble, calls: 0, over: false }),
        );
      } finally {
        under.commands -= 1;
        if (under.commands === 0) {
          orders.delete(request.orderId);
          leave(under);
        }
      }
    },
  };
};
