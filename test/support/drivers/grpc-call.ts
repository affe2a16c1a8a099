import {
  type CallOptions as GrpcOptions,
  type Client,
  type ClientUnaryCall,
  Metadata,
  type ServiceError,
  status,
  type StatusObject,
} from '@grpc/grpc-js';
import type { Order } from '../../../actors/rules/order.js';
import type { Fault } from '../../../actors/rules/refusal.js';
import { BadRequest, ErrorInfo, RetryInfo } from '../../../proto/gen/google/rpc/error_details.js';
import { Status } from '../../../proto/gen/google/rpc/status.js';
import type { StackDescription } from '../../../scripts/stack-types.js';
import type { Answer, CallOptions, PageAnswer, PreviewView } from '../driver.js';
import { bearer } from './bearer.js';

type Unary<Q, A> = (
  request: Q,
  metadata: Metadata,
  options: Partial<GrpcOptions>,
  callback: (error: ServiceError | null, answer: A) => void,
) => ClientUnaryCall;

interface Shown {
  readonly order?: unknown;
  readonly guest_token?: string;
  readonly preview?: unknown;
}

interface Rich {
  readonly code?: string;
  readonly errors: readonly Fault[];
  readonly retryAfter?: number;
}

const richError = (metadata: Metadata): Rich => {
  const [details] = metadata.get('grpc-status-details-bin');
  if (!Buffer.isBuffer(details)) return { errors: [] };
  return Status.decode(details).details.reduce<Rich>(
    (rich, { type_url, value }) => {
      if (type_url.endsWith('/google.rpc.ErrorInfo')) return { ...rich, code: ErrorInfo.decode(value).reason };
      if (type_url.endsWith('/google.rpc.RetryInfo'))
        return { ...rich, retryAfter: RetryInfo.decode(value).retry_delay?.seconds ?? 0 };
      if (!type_url.endsWith('/google.rpc.BadRequest')) return rich;
      const faults = BadRequest.decode(value).field_violations;
      return { ...rich, errors: faults.map(({ field, description }) => ({ path: field, message: description })) };
    },
    { errors: [] },
  );
};

/** A parcel that does not name its items has an empty list of them in a message; no other list of items is ever empty. */
const withoutEmptyItems = (key: string, value: unknown): unknown =>
  key === 'items' && Array.isArray(value) && value.length === 0 ? undefined : value;

/** As JSON would carry it: what is not set is not there. */
export const plain = (message: unknown): unknown =>
  message === undefined ? undefined : JSON.parse(JSON.stringify(message, withoutEmptyItems));

/** Calls methods of this client: what was answered with the differences of the surfaces taken away, and the message. */
export const createGrpcCall =
  (stack: StackDescription, client: Client) =>
  async <Q, A>(method: Unary<Q, A>, request: Q, options: CallOptions = {}): Promise<[Answer, A | undefined]> => {
    const sent = new Metadata();
    const authorization = await bearer(stack, options);
    if (authorization !== undefined) sent.set('authorization', authorization);
    if (options.key !== undefined) sent.set('idempotency-key', options.key);
    if (options.ifMatch !== undefined) sent.set('if-match', options.ifMatch);
    if (options.dryRun !== undefined) sent.set('dry-run', options.dryRun);
    return new Promise((resolve) => {
      let answer: A | undefined;
      const received = new Metadata();
      const running = method.call(client, request, sent, { deadline: Date.now() + 30_000 }, (_error, value?: A) => {
        answer = value;
      });
      running.on('metadata', (metadata: Metadata) => {
        received.merge(metadata);
      });
      running.on('status', ({ code, metadata }: StatusObject) => {
        received.merge(metadata);
        const text = (name: string): string | undefined => received.get(name)[0]?.toString();
        const rich = richError(metadata);
        const { order, guest_token, preview }: Shown = answer ?? {};
        const outcome: Answer = {
          ok: code === status.OK,
          status: code,
          code: rich.code,
          errors: rich.errors,
          retryAfter: rich.retryAfter,
          etag: text('etag'),
          replayed: text('idempotent-replayed') === 'true',
          order: plain(order) as Order | undefined,
          guestToken: guest_token,
          preview: plain(preview) as PreviewView | undefined,
        };
        resolve([outcome, answer]);
      });
    });
  };

/** One page of what the message holds. */
export const pageOf = <A extends { readonly next_page_token: string; readonly search_as_of?: string | undefined }, T>(
  [answer, message]: [Answer, A | undefined],
  entries: (message: A) => unknown,
): PageAnswer<T> => ({
  ...answer,
  entries: message === undefined ? [] : (plain(entries(message)) as readonly T[]),
  nextPageToken: message?.next_page_token,
  searchAsOf: message?.search_as_of,
});
