import { credentials } from '@grpc/grpc-js';
import type { DeadLetterView } from '../../../actors/dead-letters.js';
import type { EffectView } from '../../../actors/ledger.js';
import type { TimelineEntry } from '../../../actors/journal.js';
import type { Verification } from '../../../actors/journal-audit.js';
import * as messages from '../../../proto/gen/order/v1/staff.js';
import type { StackDescription } from '../../../scripts/stack-types.js';
import type { Answer, Body, CallOptions, PageAnswer, Query } from '../driver.js';
import { staff } from '../orders.js';
import { bearer } from './bearer.js';
import { createGrpcCall, pageOf, plain } from './grpc-call.js';
import { type Content, createSend, queryText } from './http.js';

/** What a call about one effect answered. */
export interface EffectAnswer extends Answer {
  readonly effect: EffectView | undefined;
}

/** What a call about one dead letter answered. */
export interface LetterAnswer extends Answer {
  readonly letter: DeadLetterView | undefined;
}

/** What a verification answered. */
export interface VerifyAnswer extends Answer {
  readonly found: Verification | undefined;
}

/** The staff calls over one surface. Without other options, staff calls. */
export interface StaffDriver {
  readonly name: string;
  readonly protocol: 'http' | 'grpc';
  orderEffects(id: string, options?: CallOptions): Promise<PageAnswer<EffectView>>;
  effects(query: Query, options?: CallOptions): Promise<PageAnswer<EffectView>>;
  retryEffect(id: string, key: string, body: Body, options?: CallOptions): Promise<EffectAnswer>;
  resolveEffect(id: string, key: string, body: Body, options?: CallOptions): Promise<EffectAnswer>;
  deadLetters(query: Query, options?: CallOptions): Promise<PageAnswer<DeadLetterView>>;
  deadLetter(id: string, options?: CallOptions): Promise<LetterAnswer>;
  replayDeadLetter(id: string, body: Body, options?: CallOptions): Promise<LetterAnswer>;
  discardDeadLetter(id: string, body: Body, options?: CallOptions): Promise<LetterAnswer>;
  orderEntries(id: string, query?: Query, options?: CallOptions): Promise<PageAnswer<TimelineEntry>>;
  verifyOrder(id: string, options?: CallOptions): Promise<VerifyAnswer>;
}

const byStaff: CallOptions = { caller: staff };

/** Over the REST gateway of a replica (1, 2). */
export const createRestStaffDriver = (stack: StackDescription, replica = 1): StaffDriver => {
  const send = createSend({
    orders: `${stack.replicas[replica - 1]!.rest}/api/v1/orders`,
    identify: async (options) => {
      const authorization = await bearer(stack, options);
      return authorization === undefined ? {} : { authorization };
    },
  });

  const page = async <T>(
    path: string,
    options: CallOptions,
    entriesIn: (content: Content) => readonly T[] | undefined,
  ): Promise<PageAnswer<T>> => {
    const [answer, content] = await send('GET', path, undefined, options);
    return { ...answer, entries: entriesIn(content) ?? [], nextPageToken: content.next_page_token };
  };

  const act =
    (action: string) =>
    async (id: string, key: string, body: Body, options = byStaff): Promise<EffectAnswer> => {
      const path = `/${encodeURIComponent(id)}/effects/${encodeURIComponent(key)}/${action}`;
      const [answer, { effect }] = await send('POST', path, body, options);
      return { ...answer, effect };
    };

  const letter = async (method: string, path: string, body: unknown, options: CallOptions): Promise<LetterAnswer> => {
    const [answer, content] = await send(method, `/dead-letters/${path}`, body, options);
    return { ...answer, letter: content.dead_letter };
  };

  return {
    name: 'REST',
    protocol: 'http',
    orderEffects: (id, options = byStaff) =>
      page(`/${encodeURIComponent(id)}/effects`, options, ({ effects }) => effects),
    effects: (query, options = byStaff) => page(`/effects${queryText(query)}`, options, ({ effects }) => effects),
    retryEffect: act('retry'),
    resolveEffect: act('resolve'),
    deadLetters: (query, options = byStaff) =>
      page(`/dead-letters${queryText(query)}`, options, ({ dead_letters }) => dead_letters),
    deadLetter: (id, options = byStaff) => letter('GET', encodeURIComponent(id), undefined, options),
    replayDeadLetter: (id, body, options = byStaff) =>
      letter('POST', `${encodeURIComponent(id)}/replay`, body, options),
    discardDeadLetter: (id, body, options = byStaff) =>
      letter('POST', `${encodeURIComponent(id)}/discard`, body, options),
    orderEntries: (id, query = {}, options = byStaff) =>
      page(`/${encodeURIComponent(id)}/journal${queryText(query)}`, options, ({ entries }) =>
        typeof entries === 'object' ? entries : undefined,
      ),
    verifyOrder: async (id, options = byStaff) => {
      const [answer, content] = await send('POST', `/${encodeURIComponent(id)}/verify`, undefined, options);
      return { ...answer, found: answer.ok ? (content as unknown as Verification) : undefined };
    },
  };
};

const withEffect = ([answer, message]: [Answer, { readonly effect?: unknown } | undefined]): EffectAnswer => ({
  ...answer,
  effect: plain(message?.effect) as EffectView | undefined,
});

const withLetter = ([answer, message]: [Answer, { readonly dead_letter?: unknown } | undefined]): LetterAnswer => ({
  ...answer,
  letter: plain(message?.dead_letter) as DeadLetterView | undefined,
});

/** Over the gRPC gateway of a replica (1, 2). */
export const createGrpcStaffDriver = (stack: StackDescription, replica = 1): StaffDriver => {
  const client = new messages.OrderStaffServiceClient(stack.replicas[replica - 1]!.grpc, credentials.createInsecure());
  const call = createGrpcCall(stack, client);
  const states = ({ state, ...query }: Query): Query =>
    state === undefined ? query : { ...query, state: [state].flat().map(String) };

  return {
    name: 'gRPC',
    protocol: 'grpc',
    orderEffects: async (id, options = byStaff) => {
      const [answer, message] = await call(client.listOrderEffects, { order_id: id }, options);
      const entries = (plain(message?.effects) ?? []) as readonly EffectView[];
      return { ...answer, entries, nextPageToken: undefined };
    },
    effects: async (query, options = byStaff) =>
      pageOf<messages.ListEffectsResponse, EffectView>(
        await call(client.listEffects, messages.ListEffectsRequest.fromPartial(states(query)), options),
        ({ effects }) => effects,
      ),
    retryEffect: async (order_id, key, body, options = byStaff) =>
      withEffect(
        await call(client.retryEffect, messages.RetryEffectRequest.fromPartial({ ...body, order_id, key }), options),
      ),
    resolveEffect: async (order_id, key, body, options = byStaff) =>
      withEffect(
        await call(
          client.resolveEffect,
          messages.ResolveEffectRequest.fromPartial({ ...body, order_id, key }),
          options,
        ),
      ),
    deadLetters: async (query, options = byStaff) =>
      pageOf<messages.ListDeadLettersResponse, DeadLetterView>(
        await call(client.listDeadLetters, messages.ListDeadLettersRequest.fromPartial(query), options),
        ({ dead_letters }) => dead_letters,
      ),
    deadLetter: async (id, options = byStaff) => withLetter(await call(client.getDeadLetter, { id }, options)),
    replayDeadLetter: async (id, body, options = byStaff) =>
      withLetter(
        await call(client.replayDeadLetter, messages.ReplayDeadLetterRequest.fromPartial({ ...body, id }), options),
      ),
    discardDeadLetter: async (id, body, options = byStaff) =>
      withLetter(
        await call(client.discardDeadLetter, messages.DiscardDeadLetterRequest.fromPartial({ ...body, id }), options),
      ),
    orderEntries: async (id, query = {}, options = byStaff) =>
      pageOf<messages.ListOrderEntriesResponse, TimelineEntry>(
        await call(client.listOrderEntries, messages.ListOrderEntriesRequest.fromPartial({ ...query, id }), options),
        ({ entries }) => entries,
      ),
    verifyOrder: async (id, options = byStaff) => {
      const [answer, message] = await call(client.verifyOrder, { id }, options);
      return { ...answer, found: plain(message) as Verification | undefined };
    },
  };
};
