import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createFileRegistry, fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { projectRoot } from '../../scripts/paths.js';

/**
 * A stand-in for grpcurl, run as a program where there is none, as far as docs/transcripts.md uses it:
 * `-plaintext [-H 'name: value'] [-d JSON] host:port list [service] | service/method`. Lists come from the server's
 * reflection; messages are read and written by the committed descriptors, since the server's are the same.
 */
export const standIn = __filename;

const same = (bytes: Buffer): Buffer => bytes;

/** The fields of a message with this number, for those that are texts or messages. */
const fieldsIn = (bytes: Uint8Array, wanted: number): readonly Uint8Array[] => {
  const reader = new BinaryReader(bytes);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [no, wire] = reader.tag();
    if (no === wanted && wire === WireType.LengthDelimited) found.push(reader.bytes());
    else reader.skip(wire, no);
  }
  return found;
};

/** `ServerReflectionRequest.list_services`, answered by `list_services_response.service[].name`. */
const servicesOf = async (client: Client): Promise<readonly string[]> => {
  const call = client.makeBidiStreamRequest(
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    same,
    same,
    new Metadata(),
    { deadline: Date.now() + 10_000 },
  );
  const answer = new Promise<Buffer>((resolve, reject) => {
    call.once('data', resolve).once('error', reject);
  });
  call.end(Buffer.from(new BinaryWriter().tag(7, WireType.LengthDelimited).string('').finish()));
  return fieldsIn(await answer, 6)
    .flatMap((list) => fieldsIn(list, 1))
    .flatMap((service) => fieldsIn(service, 1))
    .map((name) => Buffer.from(name).toString())
    .sort();
};

const descriptors = () => {
  const bytes = readFileSync(path.join(projectRoot, 'proto', 'gen', 'descriptor.binpb'));
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
};

const serviceNamed = (name: string) => {
  const service = descriptors().getService(name);
  if (service === undefined) throw new Error(`the descriptors have no service ${name}`);
  return service;
};

const metadataOf = (headers: readonly string[]): Metadata => {
  const metadata = new Metadata();
  for (const header of headers) {
    const colon = header.indexOf(':');
    metadata.add(header.slice(0, colon), header.slice(colon + 1).trim());
  }
  return metadata;
};

const callUnary = async (client: Client, symbol: string, json: string, metadata: Metadata): Promise<string> => {
  const [serviceName = '', methodName = ''] = symbol.split('/');
  const method = serviceNamed(serviceName).methods.find(({ name }) => name === methodName);
  if (method === undefined) throw new Error(`${serviceName} has no method ${methodName}`);
  const request = toBinary(method.input, fromJson(method.input, JSON.parse(json) as JsonValue));
  const answer = await new Promise<Buffer>((resolve, reject) => {
    const deadline = Date.now() + 20_000;
    client.makeUnaryRequest(`/${symbol}`, same, same, Buffer.from(request), metadata, { deadline }, (error, value) => {
      if (error !== null) reject(error);
      else resolve(value ?? Buffer.alloc(0));
    });
  });
  return JSON.stringify(toJson(method.output, fromBinary(method.output, answer)), null, 2);
};

/** NOT_FOUND as Go writes it: NotFound. */
const codeName = (code: status): string =>
  status[code]
    .toLowerCase()
    .split('_')
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('');

const main = async (): Promise<void> => {
  // grpcurl takes long options with one dash.
  const args = process.argv.slice(2).map((argument) => (argument === '-plaintext' ? '--plaintext' : argument));
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      plaintext: { type: 'boolean' },
      header: { type: 'string', short: 'H', multiple: true },
      data: { type: 'string', short: 'd' },
    },
  });
  const [host = '', symbol = '', service] = positionals;
  const client = new Client(host, credentials.createInsecure());
  try {
    if (symbol !== 'list')
      console.log(await callUnary(client, symbol, values.data ?? '{}', metadataOf(values.header ?? [])));
    else if (service === undefined) console.log((await servicesOf(client)).join('\n'));
    else {
      const names = serviceNamed(service).methods.map(({ name }) => `${service}.${name}`);
      console.log(names.sort().join('\n'));
    }
  } catch (error) {
    const { code, details } = error as Partial<ServiceError>;
    if (code === undefined) throw error;
    console.error(`ERROR:\n  Code: ${codeName(code)}\n  Message: ${details ?? ''}`);
    process.exitCode = 64 + code;
  } finally {
    client.close();
  }
};

if (require.main === module) void main();
