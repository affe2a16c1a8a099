import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { Client, type ChannelCredentials, type ServiceError } from '@grpc/grpc-js';

/** A field of a Protobuf message, by its number; a list is a message. */
type Field = readonly [number: number, value: string | Uint8Array | number | Fields];
type Fields = readonly Field[];

const encode = (fields: Fields): Uint8Array => {
  const writer = new BinaryWriter();
  for (const [number, value] of fields) {
    if (typeof value === 'number') writer.tag(number, WireType.Varint).int32(value);
    else if (typeof value === 'string') writer.tag(number, WireType.LengthDelimited).string(value);
    else writer.tag(number, WireType.LengthDelimited).bytes(value instanceof Uint8Array ? value : encode(value));
  }
  return writer.finish();
};

/** The first value of a field. */
const fieldOf = (message: Uint8Array, wanted: number): Uint8Array | number | undefined => {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    if (number !== wanted) reader.skip(wire);
    else return wire === WireType.Varint ? reader.int32() : reader.bytes();
  }
  return undefined;
};

/** What a call came to: the answer, or the error of the connection or of the server. */
type Called = { readonly answer: Uint8Array } | { readonly error: ServiceError };

const call = (
  address: string,
  credentials: ChannelCredentials,
  method: string,
  request: Uint8Array,
): Promise<Called> => {
  // TLS names no host by its address.
  const client = new Client(address, credentials, { 'grpc.ssl_target_name_override': 'dapr' });
  const same = (message: Buffer): Buffer => message;
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      method,
      same,
      same,
      Buffer.from(request),
      { deadline: Date.now() + 20_000 },
      (error, answer) => {
        client.close();
        resolve(error === null && answer !== undefined ? { answer } : { error: error! });
      },
    );
  });
};

/** What a sidecar is asked over its internal gRPC, as another sidecar would. */
export interface InternalCall {
  readonly method: 'CallLocal' | 'CallActor';
  /** The app id that the caller states. */
  readonly caller: string;
  /** Path below the app, or method of the actor. */
  readonly path: string;
  readonly verb: 'GET' | 'PUT';
  readonly actorId?: string;
}

/** The HTTP status that the app behind the sidecar answered, or why it was not asked. */
export const callSidecar = async (
  address: string,
  credentials: ChannelCredentials,
  { method, caller, path, verb, actorId }: InternalCall,
): Promise<number | ServiceError> => {
  const metadata: Fields = [
    [1, 'dapr-caller-app-id'],
    [2, [[1, caller]]],
  ];
  const message: Fields = [
    [1, path],
    [3, 'application/json'],
    [4, [[1, verb === 'GET' ? 1 : 4]]],
  ];
  const actor: Fields = [
    [1, 'OrderActor'],
    [2, actorId ?? ''],
  ];
  const request = encode([
    [1, 1],
    [2, metadata],
    [3, message],
    ...(actorId === undefined ? [] : [[4, actor] as const]),
  ]);
  const name = `/dapr.proto.internals.v1.ServiceInvocation/${method}`;
  const called = await call(address, credentials, name, request);
  if ('error' in called) return called.error;
  const status = fieldOf(called.answer, 1);
  const code = status instanceof Uint8Array ? fieldOf(status, 1) : undefined;
  return typeof code === 'number' ? code : 0;
};

/** A certificate (PEM) for an app id from Dapr's Sentry, or why there is none. */
export const askForCertificate = async (
  address: string,
  credentials: ChannelCredentials,
  { appId, token, request }: { readonly appId: string; readonly token: string; readonly request: Buffer },
): Promise<Buffer | ServiceError> => {
  const jwks = 3;
  const fields: Fields = [
    [1, appId],
    [2, token],
    [4, 'default'],
    [5, request],
    [6, jwks],
  ];
  const called = await call(address, credentials, '/dapr.proto.sentry.v1.CA/SignCertificate', encode(fields));
  if ('error' in called) return called.error;
  const certificate = fieldOf(called.answer, 1);
  return Buffer.from(certificate instanceof Uint8Array ? certificate : []);
};
