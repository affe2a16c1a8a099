import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DescMethod } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { sharedStack } from '../support/stack.js';
import { orderService, requestsOf } from './grpc-messages.js';
import { checkGrpcAnswer, type GrpcAnswer } from './grpc-oracle.js';
import { type CallerKind, callerKinds, createWorld, type World } from './world.js';

const runs = Number(process.env['ORDER_FUZZ_RUNS'] ?? 25);
const seed = Number(process.env['ORDER_FUZZ_SEED'] ?? randomInt(2 ** 31));

/** Beyond it a call hangs: the service gives each at most ten seconds. */
const guardMs = 15_000;

interface Case {
  readonly caller: CallerKind;
  readonly which: number;
  readonly replica: number;
  readonly metadata: readonly (readonly [string, string])[];
  /** Milliseconds that the client grants; undefined: all it takes. */
  readonly deadline: number | undefined;
  readonly bytes: Uint8Array;
}

const strayMetadata: readonly (readonly [string, string])[] = [
  ...['fuzz-key', '', 'a b', 'k'.repeat(255), 'k'.repeat(256), "'; drop table orders; --", '__proto__'].map(
    (key) => ['idempotency-key', key] as const,
  ),
  ...['"1"', '"2"', '1', '*', 'W/"1"', '"1", "2"', '""', '"-1"', '"99999999999999999999"', ''].map(
    (version) => ['if-match', version] as const,
  ),
  ...['', 'Bearer', 'Bearer ', 'Basic dTpw', 'Bearer a.b.c', `Bearer ${'e'.repeat(9_000)}`, 'bearer, bearer'].map(
    (token) => ['authorization', token] as const,
  ),
  ['traceparent', '00-zz'],
  ['traceparent', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`],
  ['baggage', 'x'.repeat(4_000)],
  ['tracestate', ',,,=,'],
  ['dapr-caller-app-id', 'checkout-service'],
  ['x-forwarded-for', "1'"],
  ['grpc-accept-encoding', 'rot13'],
  ['odd-bin', 'not base64'],
];

const casesOf = (method: DescMethod, world: World): fc.Arbitrary<Case> => {
  const usual: CallerKind = method.name === 'CreateOrder' ? 'service' : 'staff';
  return fc.record({
    caller: fc.oneof(
      { weight: 4, arbitrary: fc.constant(usual) },
      { weight: 3, arbitrary: fc.constantFrom(...callerKinds) },
    ),
    which: fc.nat(1_000),
    replica: fc.nat(1),
    metadata: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(fc.constantFrom(...strayMetadata), { minLength: 1, maxLength: 3 }) },
    ),
    deadline: fc.oneof(
      { weight: 12, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 50 }) },
    ),
    bytes: requestsOf(method, world.orders),
  });
};

const metadataOf = ({ caller, which, metadata }: Case, world: World): Metadata => {
  const made = new Metadata();
  const authorization = world.authorization(caller, which);
  if (authorization !== undefined) made.set('authorization', authorization);
  // Each once: Node's HTTP/2 sends no second authorization or if-match, and grpc-js then tries without end.
  for (const [name, value] of metadata) made.set(name, name.endsWith('-bin') ? Buffer.from(value) : value);
  return made;
};

/** A call in a few lines, to be made again by hand. */
const described = (method: DescMethod, { caller, metadata, deadline, bytes }: Case): string => {
  const base64 = Buffer.from(bytes).toString('base64');
  return [
    `${method.parent.typeName}/${method.name} by ${caller}${deadline === undefined ? '' : ` within ${deadline} ms`}`,
    ...metadata.map(([name, value]) => `  ${name}: ${value.slice(0, 300)}`),
    `  ${bytes.length} bytes, in base64: ${base64.slice(0, 3_000)}${base64.length > 3_000 ? '…' : ''}`,
  ].join('\n');
};

const same = (bytes: Buffer): Buffer => bytes;

describe(`any message to the gRPC gateway (ORDER_FUZZ_SEED=${seed}, ORDER_FUZZ_RUNS=${runs})`, () => {
  let world: World;
  let clients: readonly Client[] = [];
  beforeAll(async () => {
    world = await createWorld(sharedStack());
    clients = world.stack.replicas.map(({ grpc }) => new Client(grpc, credentials.createInsecure()));
  });
  afterAll(() => {
    for (const client of clients) client.close();
  });

  const ask = (method: DescMethod, made: Case): Promise<GrpcAnswer> =>
    new Promise((resolve) => {
      const start = Date.now();
      const path = `/${method.parent.typeName}/${method.name}`;
      const client = clients[made.replica % clients.length]!;
      let bytes: Uint8Array | undefined;
      const call = client.makeUnaryRequest<Buffer, Buffer>(
        path,
        same,
        same,
        Buffer.from(made.bytes),
        metadataOf(made, world),
        { deadline: start + (made.deadline ?? guardMs) },
        (_error, answer) => {
          bytes = answer;
        },
      );
      call.on('status', ({ code, details, metadata }) => {
        resolve({ code, text: details, trailers: metadata, bytes, took: Date.now() - start });
      });
    });

  const unary = orderService().methods.filter(({ methodKind }) => methodKind === 'unary');
  unary.forEach((method, index) => {
    it(`${method.name} is answered as documented`, async () => {
      const tally = new Map<string, number>();
      let longest = 0;
      const told = (made: Case): Case =>
        Object.defineProperty({ ...made }, fc.toStringMethod, { value: () => described(method, made) });
      const property = fc.asyncProperty(casesOf(method, world).map(told), async (made) => {
        const answer = await ask(method, made);
        checkGrpcAnswer(answer, method, made.deadline !== undefined);
        tally.set(status[answer.code], (tally.get(status[answer.code]) ?? 0) + 1);
        longest = Math.max(longest, answer.took);
      });
      await fc.assert(property, {
        numRuns: runs,
        seed: seed + index,
        interruptAfterTimeLimit: 240_000,
        endOnFailure: true,
        includeErrorInReport: true,
      });
      const figures = [...tally].sort().map(([name, times]) => `${name}: ${times}`);
      console.log(`${figures.join(', ')}; the longest took ${longest} ms`);
    });
  });

  it('serves as before when all is over', async () => {
    const method = orderService().methods.find(({ name }) => name === 'GetOrder')!;
    const request = { caller: 'staff', which: 0, metadata: [], deadline: undefined } as const;
    const [order] = world.orders;
    // Field 1, the id.
    const bytes = Buffer.concat([Buffer.from([0x0a, order!.id.length]), Buffer.from(order!.id)]);
    for (const replica of clients.keys())
      expect((await ask(method, { ...request, replica, bytes })).code).toBe(status.OK);
  });
});
