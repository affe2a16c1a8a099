import { hash as digest, randomUUID } from 'node:crypto';
import { stringify } from 'safe-stable-stringify';
import { v7 as uuidv7 } from 'uuid';
import type { Channel } from '../actors/command-envelope.js';
import type { OrderClient } from '../actors/order-client.js';
import type { OrderCommand } from '../actors/rules/commands.js';
import type { Caller } from '../actors/rules/order-parts.js';
import type { Order } from '../actors/rules/order.js';
import type { Preview } from '../actors/rules/preview.js';
import { fail, ok, problemOf, type Result, unavailable } from './errors.js';

/** Who calls, how, and with which of the headers that every changing call may carry. */
export interface CallContext {
  readonly caller: Caller;
  readonly channel: Channel;
  readonly idempotencyKey?: string | undefined;
  /** The versions that `If-Match` accepts; undefined: any. */
  readonly ifVersions?: readonly number[] | undefined;
  /** Whether `If-Match` was sent at all. */
  readonly hasIfMatch?: boolean | undefined;
  readonly traceparent?: string | undefined;
  /** When the caller's token ends, for calls that last; milliseconds since 1970. */
  readonly tokenEndsAt?: number | undefined;
  /** Only to preview what the call would do. */
  readonly dryRun?: boolean | undefined;
  /** Milliseconds that the caller is willing to wait. */
  readonly deadlineMs?: number | undefined;
}

/** What a dry run would have done. */
export interface Previewed {
  readonly preview: Preview;
}

/** An order after a command. `order` undefined: another order has it, read it by `orderId`. */
export interface Taken {
  readonly orderId: string;
  readonly order: Order | undefined;
  readonly replayed: boolean;
}

const hash = (...parts: readonly string[]): string => digest('sha256', JSON.stringify(parts), 'base64url');

/** Same caller, same key: same command. Without a key every call is its own. */
export const commandIdOf = ({ caller, idempotencyKey }: CallContext): string =>
  idempotencyKey === undefined ? randomUUID() : hash(caller.type, caller.id, idempotencyKey);

/** What a key stands for, whatever the order of its fields. */
export const hashOf = (body: object): string => hash(stringify(body));

const requestHashOf = (orderId: string, command: OrderCommand): string => hash(orderId, stringify(command));

/** The result of erasing one order. `before`: it was erased already. */
export type Erasing = { readonly outcome: 'erased' | 'before' } | { readonly outcome: 'kept'; readonly why: string };

/** Sends commands for the gateways and separates problems from results. */
export interface Commands {
  create(command: Extract<OrderCommand, { type: 'create' }>, context: CallContext): Promise<Result<Taken | Previewed>>;
  change(orderId: string, command: OrderCommand, context: CallContext): Promise<Result<Taken | Previewed>>;
  /** Erases what is personal of one order, or tells why it is kept. */
  erase(orderId: string, reason: string, context: CallContext): Promise<Result<Erasing>>;
}

/** @param client reaches the orders' actors */
export const createCommands = (client: OrderClient): Commands => {
  const ask = (orderId: string, hashedFor: string, command: OrderCommand, context: CallContext) =>
    client.send(
      {
        orderId,
        commandId: commandIdOf(context),
        requestHash: requestHashOf(hashedFor, command),
        keyless: context.idempotencyKey === undefined,
        caller: context.caller,
        channel: context.channel,
        ifVersions: context.ifVersions,
        traceparent: context.traceparent,
        // What the key stands for is the command, tried or done.
        command: context.dryRun === true ? { type: 'dry_run', of: command } : command,
      },
      context.deadlineMs,
    );

  const send = async (...asked: Parameters<typeof ask>): Promise<Result<Taken | Previewed>> => {
    const [, , , context] = asked;
    const answer = await ask(...asked);
    switch (answer.outcome) {
      case 'done':
        return ok({
          orderId: answer.order.id,
          order: answer.order,
          // Without a key only this service can have repeated the command, after a reply that was lost on its way.
          replayed: answer.replayed && context.idempotencyKey !== undefined,
        });
      case 'previewed':
        return ok({ preview: answer.preview });
      case 'elsewhere':
        return ok({ orderId: answer.orderId, order: undefined, replayed: true });
      case 'refused':
        return fail(problemOf(answer.refusal));
      case 'stale':
      case 'conflict':
        return fail({ code: 'illegal_transition', detail: answer.reason });
      case 'unavailable':
        return fail(unavailable);
      case 'broken':
        return fail({ code: 'internal' });
    }
  };
  return {
    // The id is new with every try of the client, so it is no part of what the key stands for.
    create: (command, context) => send(uuidv7(), '', command, context),
    change: (orderId, command, context) => send(orderId, orderId, command, context),

    erase: async (orderId, reason, context) => {
      const answer = await ask(orderId, orderId, { type: 'erase', reason }, context);
      switch (answer.outcome) {
        case 'done':
          return ok({ outcome: 'erased' });
        case 'stale':
          return ok({ outcome: 'before' });
        case 'conflict':
          return ok({ outcome: 'kept', why: answer.reason });
        case 'refused':
          return fail(problemOf(answer.refusal));
        default:
          return fail(answer.outcome === 'broken' ? { code: 'internal' } : unavailable);
      }
    },
  };
};
