import { randomUUID } from 'node:crypto';
import type { Order } from '../../actors/rules/order.js';
import { exampleOf } from '../../api/openapi/json-schemas.js';
import { createOrderBody } from '../../api/schemas/create-order.js';
import type { StackDescription } from '../../scripts/stack-types.js';
import { tokenFor } from '../support/tokens.js';
import { send } from './http.js';

/** Kinds of callers that the fuzzer plays. */
export const callerKinds = ['service', 'staff', 'admin', 'customer', 'guest', 'nobody', 'impostor'] as const;
export type CallerKind = (typeof callerKinds)[number];

/** Orders and letters that exist, and who may act on them. */
export interface World {
  readonly stack: StackDescription;
  readonly orders: readonly Order[];
  /** Those that the fuzzer makes on its way. */
  readonly made: Order[];
  readonly letters: readonly string[];
  /** `Authorization` of a caller of this kind, of one of several; undefined: none. */
  authorization(kind: CallerKind, which: number): string | undefined;
}

const customers = 12;
const orderExample = exampleOf(createOrderBody('US')) as object;

const place = async (origin: string, token: string, more: object): Promise<Order> => {
  const body = JSON.stringify({ ...orderExample, ...more });
  const headers = [
    ['Content-Type', 'application/json'],
    ['Authorization', token],
  ] as const;
  const answer = await send(origin, { method: 'POST', path: '/api/v1/orders', headers, body: Buffer.from(body) });
  if (answer.status !== 201) throw new Error(`no order to start with: ${answer.status} ${answer.text}`);
  return (JSON.parse(answer.text) as { readonly order: Order }).order;
};

/** Events that nobody can apply, each a dead letter. */
const bury = async ({ replicas, secrets }: StackDescription): Promise<void> => {
  for (const id of [randomUUID(), randomUUID(), randomUUID()]) {
    const event = { id, source: 'fuzzer', type: 'payment.completed', topic: 'payment.completed', specversion: '1.0' };
    const answer = await send(replicas[0]?.callback ?? '', {
      method: 'POST',
      path: '/events/payment',
      headers: [
        ['Content-Type', 'application/cloudevents+json'],
        ['dapr-api-token', secrets.appApiToken],
      ],
      body: Buffer.from(JSON.stringify({ ...event, data: { order_id: 'none' } })),
    });
    if (answer.status !== 200) throw new Error(`no dead letter to start with: ${answer.status} ${answer.text}`);
  }
};

/** Makes a small world on a running stack: orders of customers and guests, and dead letters. */
export const createWorld = async (stack: StackDescription): Promise<World> => {
  const origin = stack.replicas[0]?.rest ?? '';
  const bearer = async (...caller: Parameters<typeof tokenFor>): Promise<string> =>
    `Bearer ${await tokenFor(...caller)}`;
  const service = await bearer({ type: 'service', id: 'fuzzer' }, stack);
  const staff = await bearer({ type: 'staff', id: 'fuzzer' }, stack);
  const admin = await bearer({ type: 'admin', id: 'fuzzer' }, stack);
  const mine = randomUUID();
  const ids = Array.from({ length: customers }, (_, index) => `fuzz-${mine}-${index}`);
  const orders: Order[] = [];
  for (const customer_id of ids) orders.push(await place(origin, service, { customer_id }));
  const ofGuests: Order[] = [];
  for (const guest_email of ids.map((id) => `${id}@example.com`))
    ofGuests.push(await place(origin, service, { customer_id: undefined, guest_email }));
  orders.push(...ofGuests);
  await bury(stack);
  const listed = await send(origin, {
    method: 'GET',
    path: '/api/v1/orders/dead-letters?page_size=50',
    headers: [['Authorization', staff]],
  });
  const { dead_letters: letters } = JSON.parse(listed.text) as { readonly dead_letters: readonly { id: string }[] };
  const tokens: Readonly<Record<Exclude<CallerKind, 'nobody'>, readonly string[]>> = {
    service: [service],
    staff: [staff],
    admin: [admin],
    customer: await Promise.all(ids.map((id) => bearer({ type: 'customer', id }, stack))),
    guest: await Promise.all(ofGuests.map(({ id }) => bearer({ type: 'guest', id }, stack))),
    impostor: ['Bearer x', 'Basic dTpw', `${service}x`, `Bearer ${'e'.repeat(9_000)}`, 'bearer', 'Bearer a.b.c'],
  };
  return {
    stack,
    orders,
    made: [],
    letters: letters.map(({ id }) => id),
    authorization: (kind, which) => (kind === 'nobody' ? undefined : tokens[kind][which % tokens[kind].length]),
  };
};
