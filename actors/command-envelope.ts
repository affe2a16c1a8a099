import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { OrderCommand } from './rules/commands.js';
import type { Caller } from './rules/order.js';

/** Which way a command came in: recorded with every entry. */
export type Channel = 'rest' | 'grpc' | 'invoke' | 'event' | 'worker' | 'deadline';

/** A command on its way to its order's actor. */
export interface CommandRequest {
  readonly orderId: string;
  /** Same id, same command: hash of caller and key, of source and event id, or made at the gateway. */
  readonly commandId: string;
  /** Hash of call and canonical body: tells a repeat from a reused key. */
  readonly requestHash: string;
  readonly caller: Caller;
  readonly channel: Channel;
  readonly ifVersion?: number | undefined;
  readonly traceparent?: string | undefined;
  readonly command: OrderCommand;
}

/** What travels to the actor: the request as text, and the proof that one of our gateways sent it. */
export interface SignedCommand {
  readonly payload: string;
  readonly signature: string;
}

/** Signs at the gateway and checks in the actor. The app token alone proves no actor call (RUNTIME.md, "Actors"). */
export interface CommandSigner {
  sign(request: CommandRequest): SignedCommand;
  /** The request, or undefined where the signature or the order does not fit. */
  open(signed: unknown, orderId: string): CommandRequest | undefined;
}

const isSigned = (value: unknown): value is SignedCommand =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as SignedCommand).payload === 'string' &&
  typeof (value as SignedCommand).signature === 'string';

/** @param secret the service's root secret; the signing key is derived from it. */
export const createCommandSigner = (secret: string): CommandSigner => {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'actor-command', 32));
  const signatureOf = (payload: string): Buffer => createHmac('sha256', key).update(payload).digest();
  return {
    sign: (request) => {
      const payload = JSON.stringify(request);
      return { payload, signature: signatureOf(payload).toString('base64url') };
    },
    open: (signed, orderId) => {
      if (!isSigned(signed)) return undefined;
      const given = Buffer.from(signed.signature, 'base64url');
      const expected = signatureOf(signed.payload);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
      // The signature vouches for the shape: only our own gateways can make one.
      const request = JSON.parse(signed.payload) as CommandRequest;
      return request.orderId === orderId ? request : undefined;
    },
  };
};
