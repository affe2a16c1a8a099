import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { OrderCommand } from './rules/commands.js';
import type { Caller } from './rules/order-parts.js';
import type { Order } from './rules/order.js';
import type { Preview } from './rules/preview.js';
import type { Refusal } from './rules/refusal.js';

/** Which way a command came in: recorded with every entry. */
export type Channel = 'rest' | 'grpc' | 'invoke' | 'event' | 'worker' | 'deadline';

/** A command that is only to be tried. An actor that does not know dry runs refuses it as unknown, and does nothing. */
export interface DryRun {
  readonly type: 'dry_run';
  readonly of: OrderCommand;
}

/** A command as it is sent to the actor of its order. */
export interface CommandRequest {
  readonly orderId: string;
  /** Same id, same command: hash of caller and key, of source and event id, or made at the gateway. */
  readonly commandId: string;
  /** Hash of call and canonical body: distinguishes a repeat from a reused key. */
  readonly requestHash: string;
  /**
   * Of a caller's command: true where it has no idempotency key, so that nobody can send it again and it leaves no receipt
   * if it changes nothing; false where its id is the caller's key.
   */
  readonly keyless?: boolean | undefined;
  readonly caller: Caller;
  readonly channel: Channel;
  /** The order must be at one of these; undefined: at any. */
  readonly ifVersions?: readonly number[] | undefined;
  /** The same, from a gateway of release 2.0. */
  readonly ifVersion?: number | undefined;
  readonly traceparent?: string | undefined;
  readonly command: OrderCommand | DryRun;
}

/** What travels between gateway and actor: a text, and the proof that a process of ours wrote it. */
export interface Signed {
  readonly payload: string;
  readonly signature: string;
}

/** The text of a command: besides the request, when it was signed and the time after which its reply is not awaited. */
interface CommandPayload {
  readonly request: CommandRequest;
  /** Milliseconds since 1970. */
  readonly signedAt: number;
  readonly expiresAt: number;
}

/** The text of a reply: besides the reply, the signature of the command that it answers. */
interface ReplyPayload {
  readonly to: string;
  readonly reply: Reply;
}

/**
 * Signs commands at the gateway and replies in the actor; each side checks the other's. The app token alone proves no actor
 * call, and whoever joins the placement can host actors of our type.
 */
export interface CommandSigner {
  /** @param expiresAt milliseconds since 1970, when the gateway stops waiting */
  sign(request: CommandRequest, expiresAt: number): Signed;
  /** The request, or undefined where the signature, the order or the time does not fit. */
  open(signed: unknown, orderId: string): CommandRequest | undefined;
  /** @param command as it came, opened already */
  signReply(reply: Reply, command: unknown): Signed;
  /** The reply to this very command, or undefined where it is no reply of ours. */
  openReply(signed: unknown, command: Signed): Reply | undefined;
}

/** How far the clocks of two replicas may be apart: a command is taken so long after its time, and before it. */
export const clockSkewMs = 5_000;

const isSigned = (value: unknown): value is Signed =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Signed).payload === 'string' &&
  typeof (value as Signed).signature === 'string';

/** Signs texts with one key, which serves one purpose. */
const createSeal = (secret: string, purpose: string) => {
  const key = Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
  const signatureOf = (payload: string): Buffer => createHmac('sha256', key).update(payload).digest();
  return {
    seal: (content: object): Signed => {
      const payload = JSON.stringify(content);
      return { payload, signature: signatureOf(payload).toString('base64url') };
    },
    /** What was sealed; its shape needs no check, since only our own processes can sign. */
    unseal: (signed: unknown): unknown => {
      if (!isSigned(signed)) return undefined;
      const given = Buffer.from(signed.signature, 'base64url');
      const expected = signatureOf(signed.payload);
      const fits = given.length === expected.length && timingSafeEqual(given, expected);
      return fits ? JSON.parse(signed.payload) : undefined;
    },
  };
};

/**
 * @param secret the service's root secret; the signing keys are derived from it
 * @param now milliseconds since 1970
 */
export const createCommandSigner = (secret: string, now: () => number = Date.now): CommandSigner => {
  const commands = createSeal(secret, 'actor-command');
  const replies = createSeal(secret, 'actor-reply');
  return {
    sign: (request, expiresAt) => commands.seal({ request, signedAt: now(), expiresAt } satisfies CommandPayload),
    open: (signed, orderId) => {
      const content = commands.unseal(signed) as CommandPayload | undefined;
      if (content?.request.orderId !== orderId) return undefined;
      const { request, signedAt, expiresAt } = content;
      const time = now();
      return signedAt - clockSkewMs <= time && time <= expiresAt + clockSkewMs ? request : undefined;
    },
    signReply: (reply, command) => {
      const to = isSigned(command) ? command.signature : '';
      return replies.seal({ to, reply } satisfies ReplyPayload);
    },
    openReply: (signed, command) => {
      const content = replies.unseal(signed) as ReplyPayload | undefined;
      return content?.to === command.signature ? content.reply : undefined;
    },
  };
};

/**
 * What an order's actor answers. Always an object, never an exception: the sidecar would flatten it.
 * - `done`: taken, or taken before (`replayed`); the order as it is now
 * - `elsewhere`: this creation key has made another order
 * - `previewed`: what a dry run would have done
 * - `stale`, `conflict`: an event that changes nothing
 * - `broken`: a bug; it is in the actor's log
 */
export type Reply =
  | { readonly outcome: 'done'; readonly order: Order; readonly replayed: boolean }
  | { readonly outcome: 'elsewhere'; readonly orderId: string }
  | { readonly outcome: 'previewed'; readonly preview: Preview }
  | { readonly outcome: 'refused'; readonly refusal: Refusal }
  | { readonly outcome: 'stale' | 'conflict'; readonly reason: string }
  | { readonly outcome: 'broken' };
