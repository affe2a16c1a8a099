import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import type { Logger } from 'pino';
import type { CommandRequest, CommandSigner } from './command-envelope.js';
import { actorMethod, actorType } from './order-actor.js';
import type { Reply } from './reply.js';

/** What a gateway gets: the actor's reply, or that nobody could give one in time. */
export type Answer = Reply | { readonly outcome: 'unavailable' };

/** Sends commands to the orders' actors, wherever placement has put them. */
export interface OrderClient {
  /**
   * Sends a command until somebody answers, at most until the deadline (milliseconds from now; default 10 s). Only
   * infrastructure faults are tried again, always with the same command id, so a failover is a delay, not an error.
   */
  send(request: CommandRequest, deadlineMs?: number): Promise<Answer>;
}

/** How a client reaches its sidecar. */
export interface OrderClientDeps {
  /** Keep-alive connections to the sidecar's HTTP API. */
  readonly sidecar: Dispatcher;
  readonly origin: string;
  readonly signer: CommandSigner;
  readonly log: Logger;
}

const defaultDeadlineMs = 10_000;
/** Commands that may wait for one order in this process, beside the one that runs (SPEC section 1, `order_busy`). */
const mayWait = 128;
/** A command without an answer for so long is sent a second time, beside the first. */
const slowMs = 3_000;
const firstPauseMs = 25;
const longestPauseMs = 400;

const isReply = (value: unknown): value is Reply =>
  typeof value === 'object' && value !== null && typeof (value as { outcome?: unknown }).outcome === 'string';

/** @see DESIGN.md section 3: the gateway rides out a failover. */
export const createOrderClient = ({ sidecar, origin, signer, log }: OrderClientDeps): OrderClient => {
  const waiting = new Map<string, number>();

  /** One call; undefined when infrastructure failed. */
  const call = async (request: CommandRequest, body: string, timeoutMs: number): Promise<Reply | undefined> => {
    try {
      const { statusCode, body: answer } = await sidecar.request({
        origin,
        path: `/v1.0/actors/${actorType}/${request.orderId}/method/${actorMethod}`,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(request.traceparent === undefined ? {} : { traceparent: request.traceparent }),
        },
        body,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
      const text = await answer.text();
      const reply: unknown = statusCode === 200 ? JSON.parse(text) : undefined;
      if (isReply(reply)) return reply;
      log.debug({ orderId: request.orderId, statusCode }, 'the sidecar could not reach the actor');
    } catch (error) {
      log.debug({ err: error, orderId: request.orderId }, 'the sidecar did not answer');
    }
    return undefined;
  };

  /** Calls until somebody answers, or the deadline; pauses between calls that failed. */
  const callUntil = async (request: CommandRequest, body: string, end: number, over: AbortSignal): Promise<Answer> => {
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
      const left = end - performance.now();
      if (left <= 0 || over.aborted) return { outcome: 'unavailable' };
      const reply = await call(request, body, Math.ceil(left));
      if (reply !== undefined) return reply;
      await sleep(Math.min(pause * (0.5 + Math.random()), Math.max(0, end - performance.now())));
    }
  };

  /**
   * A second line of calls beside the first when that is slow: its actor may be in a frozen process and have moved
   * meanwhile. The first is not cut off, since a cancelled waiter upsets the sidecar's turns (research/dapr.md 2.2).
   */
  const sendUntil = async (request: CommandRequest, end: number): Promise<Answer> => {
    const body = JSON.stringify(signer.sign(request));
    const over = new AbortController();
    const first = callUntil(request, body, end, over.signal);
    try {
      const slow = sleep(slowMs, 'slow' as const, { signal: over.signal, ref: false });
      const answer = await Promise.race([first, slow]);
      if (answer !== 'slow') return answer;
      return await Promise.race([first, callUntil(request, body, end, over.signal)]);
    } finally {
      over.abort();
    }
  };

  return {
    send: async (request, deadlineMs = defaultDeadlineMs) => {
      const before = waiting.get(request.orderId) ?? 0;
      if (before > mayWait) return { outcome: 'refused', refusal: { code: 'order_busy' } };
      waiting.set(request.orderId, before + 1);
      try {
        return await sendUntil(request, performance.now() + deadlineMs);
      } finally {
        const after = (waiting.get(request.orderId) ?? 1) - 1;
        if (after === 0) waiting.delete(request.orderId);
        else waiting.set(request.orderId, after);
      }
    },
  };
};
