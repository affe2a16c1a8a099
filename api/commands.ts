import { createHash, randomUUID } from 'node:crypto';
import { stringify } from 'safe-stable-stringify';
import { v7 as uuidv7 } from 'uuid';
import type { Channel } from '../actors/command-envelope.js';
import type { OrderClient } from '../actors/order-client.js';
import type { OrderCommand } from '../actors/rules/commands.js';
import type { Caller, Order } from '../actors/rules/order.js';
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
  /** Only to tell what the call would do. */
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

const hash = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/** Same caller, same key: same command (SPEC section 1, idempotency). Without a key every call is its own. */
export const commandIdOf = ({ caller, idempotencyKey }: CallContext): string =>
  idempotencyKey === undefined ? randomUUID() : hash(caller.type, caller.id, idempotencyKey);

/** What a key stands for, whatever the order of its fields. */
export const hashOf = (body: object): string => hash(stringify(body));

const requestHashOf = (orderId: string, command: OrderCommand): string => hash(orderId, stringify(command));

/** Sends commands for the gateways and tells problems from results. */
export interface Commands {
  create(command: Extract<OrderCommand, { type: 'create' }>, context: CallContext): Promise<Result<Taken | Previewed>>;
  change(orderId: string, command: OrderCommand, context: CallContext): Promise<Result<Taken | Previewed>>;
}

/** @param client reaches the orders' actors */
export const createCommands = (client: OrderClient): Commands => {
  const send = async (
    orderId: string,
    hashedFor: string,
    command: OrderCommand,
    context: CallContext,
  ): Promise<Result<Taken | Previewed>> => {
    const answer = await client.send(
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
    switch (answer.outcome) {
      case 'done':
        return ok({ orderId: answer.order.id, order: answer.order, replayed: answer.replayed });
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
  };
};
