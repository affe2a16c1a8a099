import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  type Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { service as health } from 'grpc-health-check';
import { pino } from 'pino';
import { ok, type Result } from '../../../api/errors.js';
import { createGrpcApp } from '../../../api/grpc/app.js';
import { type Listening, listenGrpc } from '../../../api/grpc/listen.js';
import { statusOf } from '../../../api/grpc/status.js';
import { createStreams } from '../../../api/grpc/streams.js';
import type { Operations } from '../../../api/operations.js';
import { Status } from '../../../proto/gen/google/rpc/status.js';
import { OrderServiceClient, OrderServiceService } from '../../../proto/gen/order/v1/order.js';
import { OrderStaffServiceService } from '../../../proto/gen/order/v1/staff.js';
import { projectRoot } from '../../../scripts/paths.js';
import { noHandlers } from './no-handlers.js';

const same = (bytes: Buffer): Buffer => bytes;

const until = async (what: () => boolean): Promise<void> => {
  const end = Date.now() + 5_000;
  while (!what()) {
    // waited 5 s in vain
    expect(Date.now()).toBeLessThan(end);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

/** A gateway whose one call is answered by hand. */
const startGateway = async (ready: () => Promise<void>, drainMs?: number) => {
  const begun: ((result: Result<unknown>) => void)[] = [];
  const operations = {
    getOrder: () => new Promise<Result<unknown>>((resolve) => begun.push(resolve)),
  } as unknown as Operations;
  const app = createGrpcApp({
    ...noHandlers,
    operations,
    tokens: { callerOf: async () => ok({ type: 'service', id: 'checkout' }) },
    limits: { take: async () => undefined },
    ready,
    root: projectRoot,
    onAnswer: () => undefined,
    log: pino({ level: 'silent' }),
  });
  const listening = await listenGrpc(app, 0, drainMs);
  const client = new OrderServiceClient(`127.0.0.1:${listening.port}`, credentials.createInsecure());
  const get = (): Promise<status> =>
    new Promise((resolve) => {
      const metadata = new Metadata();
      metadata.set('authorization', 'Bearer token');
      client.getOrder({ id: 'o-1' }, metadata, (error) => {
        resolve(error?.code ?? status.OK);
      });
    });
  return { begun, listening, client, get };
};

const document = { id: 'o-1', version: 1, document: '{}' };

/** What a watcher of `grpc.health.v1.Health` was told, and how it ended. */
const watch = (client: Client, service: string) => {
  const { path, requestSerialize, responseDeserialize } = health['Watch']!;
  const seen: string[] = [];
  let end: status | undefined;
  client
    .makeServerStreamRequest(path, requestSerialize, responseDeserialize as (bytes: Buffer) => { status: string }, {
      service,
    })
    .on('data', (answer: { status: string }) => seen.push(answer.status))
    .on('error', (error: ServiceError) => (end = error.code));
  return { seen, end: () => end };
};

describe('the health of the gRPC gateway', () => {
  it('is good while orders can be changed here, for the server and its services alike', async () => {
    let ready = false;
    const { listening, client } = await startGateway(async () => {
      if (!ready) throw new Error('no actors here');
    });
    const names = ['', 'order.v1.OrderService', 'order.v1.OrderStaffService'];
    const watchers = names.map((name) => watch(client, name));
    await until(() => watchers.every(({ seen }) => seen.length === 1));
    ready = true;
    await until(() => watchers.every(({ seen }) => seen.length === 2));
    ready = false;
    await until(() => watchers.every(({ seen }) => seen.length === 3));
    for (const { seen } of watchers) expect(seen).toStrictEqual(['NOT_SERVING', 'SERVING', 'NOT_SERVING']);
    await listening.close();
    client.close();
  });
});

describe('the gRPC gateway, told to stop', () => {
  it('says so, ends the watchers, finishes what has begun, and takes nothing new', async () => {
    const { begun, listening, client, get } = await startGateway(async () => undefined);
    const watcher = watch(client, '');
    await until(() => watcher.seen.at(-1) === 'SERVING');
    const running = get();
    await until(() => begun.length === 1);
    const closed = listening.close();
    await until(() => watcher.end() !== undefined);
    expect(watcher.seen).toStrictEqual(['SERVING', 'NOT_SERVING'].slice(-watcher.seen.length));
    expect(watcher.end()).toBe(status.UNAVAILABLE);
    expect(await get()).toBe(status.UNAVAILABLE);
    begun[0]!(ok(document));
    expect(await running).toBe(status.OK);
    await closed;
    client.close();
  });

  it('cuts off what is not done in time', async () => {
    const { begun, listening, client, get } = await startGateway(async () => undefined, 100);
    const running = get();
    await until(() => begun.length === 1);
    await listening.close();
    expect(await running).not.toBe(status.OK);
    client.close();
  });
});

describe('a client that sends its request slowly', () => {
  let server: Server;
  let session: ClientHttp2Session;

  afterEach(() => {
    session.destroy();
    server.forceShutdown();
  });

  it('is cut off', async () => {
    server = new Server({ interceptors: [createStreams(100).interceptor] });
    server.register<Buffer, Buffer>(
      '/a.B/C',
      (_call: unknown, done: (error: null, answer: Buffer) => void) => done(null, Buffer.alloc(0)),
      same,
      same,
      'unary',
    );
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    session = connect(`http://127.0.0.1:${port}`);
    const headers = { ':method': 'POST', ':path': '/a.B/C', 'content-type': 'application/grpc', te: 'trailers' };
    const request = session.request(headers);
    request.write(Buffer.from([0, 0, 0, 0, 9, 1]));
    const [answer] = (await once(request, 'response')) as [Record<string, unknown>];
    expect(Number(answer['grpc-status'])).toBe(status.DEADLINE_EXCEEDED);
  });
});

/** Talks to `grpc.reflection.v1.ServerReflection` by hand: its messages are no part of ours. */
const reflect = (client: Client, field: number, value: string): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
    const stream = client.makeBidiStreamRequest<Buffer, Buffer>(path, same, same);
    stream.on('data', resolve).on('error', reject);
    stream.write(Buffer.from(new BinaryWriter().tag(field, WireType.LengthDelimited).string(value).finish()));
    stream.end();
  });

const fieldsOf = (bytes: Uint8Array, wanted: number): Uint8Array[] => {
  const reader = new BinaryReader(bytes);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted) found.push(reader.bytes());
    else reader.skip(wireType, field);
  }
  return found;
};

describe('reflection', () => {
  let listening: Listening;
  let client: OrderServiceClient;

  beforeAll(async () => {
    ({ listening, client } = await startGateway(async () => undefined));
  });
  afterAll(async () => {
    client.close();
    await listening.close();
  });

  it('lists the services', async () => {
    const answer = await reflect(client, 7, '*');
    const names = fieldsOf(answer, 6)
      .flatMap((list) => fieldsOf(list, 1))
      .flatMap((service) => fieldsOf(service, 1).map((name) => Buffer.from(name).toString()));
    expect(names.toSorted()).toStrictEqual([
      'grpc.health.v1.Health',
      'order.v1.OrderService',
      'order.v1.OrderStaffService',
    ]);
  });

  /** Loads the file with a symbol (field 4) or a name (field 3), and all that it depends on. */
  const loader = (files: Map<string, FileDescriptorProto>) => {
    const load = async (field: number, value: string): Promise<FileDescriptorProto> => {
      const [found] = fieldsOf(await reflect(client, field, value), 4);
      assert.ok(found, `${value} is not there`);
      const loaded = fieldsOf(found, 1).map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
      for (const file of loaded) files.set(file.name, file);
      for (const name of loaded.flatMap(({ dependency }) => dependency)) if (!files.has(name)) await load(3, name);
      return loaded[0]!;
    };
    return load;
  };

  it('has every type that the details of an error consist of', async () => {
    const { metadata } = statusOf({ code: 'validation_failed', errors: [{ path: 'a', message: 'b' }], retryAfter: 1 });
    const [bytes] = metadata.get('grpc-status-details-bin');
    assert.ok(Buffer.isBuffer(bytes));
    const { details } = Status.decode(bytes);
    const names = details.map(({ type_url }) => type_url.slice('type.googleapis.com/'.length));
    expect(names).toStrictEqual(['google.rpc.ErrorInfo', 'google.rpc.BadRequest', 'google.rpc.RetryInfo']);
    for (const name of ['google.rpc.Status', ...names]) {
      const files = new Map<string, FileDescriptorProto>();
      const file = await loader(files)(4, name);
      const type = createFileRegistry(file, (path: string) => files.get(path)).getMessage(name);
      assert.ok(type, `${name} is not in the file that reflection names`);
      const detail = details.find(({ type_url }) => type_url.endsWith(`/${name}`));
      if (detail !== undefined) expect(() => fromBinary(type, detail.value)).not.toThrow();
    }
  });

  it('answers files that hold together', async () => {
    const files = new Map<string, FileDescriptorProto>();
    const load = loader(files);
    const file = await load(4, 'order.v1.OrderService');
    const registry = createFileRegistry(file, (name: string) => files.get(name));
    expect(registry.getService('order.v1.OrderService')?.methods.length).toBe(Object.keys(OrderServiceService).length);
    const { service: desks } = await load(4, 'order.v1.OrderStaffService');
    expect(desks.map(({ name, method }) => [name, method.length])).toStrictEqual([
      ['OrderStaffService', Object.keys(OrderStaffServiceService).length],
    ]);
    const line2 = registry.getMessage('order.v1.Address')?.fields.find(({ name }) => name === 'line2');
    expect(line2?.proto.proto3Optional).toBe(true);
    const list = (await load(4, 'grpc.health.v1.Health')).messageType.find(({ name }) => name === 'HealthListResponse');
    assert.ok(list);
    expect(list.field[0]?.typeName).toBe('StatusesEntry');
    expect(list.nestedType[0]?.name).toBe('StatusesEntry');
  });
});
