import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { service as health } from 'grpc-health-check';

const bytesOf = (file: FileDescriptorProto): Buffer => Buffer.from(toBinary(FileDescriptorProtoSchema, file));

/** The health service's file, with map entries named as protobuf demands and the library's loader does not. */
const mended = (bytes: Uint8Array): Buffer => {
  const file = fromBinary(FileDescriptorProtoSchema, bytes);
  for (const message of file.messageType)
    for (const entry of message.nestedType.filter(({ options }) => options?.mapEntry === true)) {
      const name = `${entry.name}Entry`;
      for (const field of message.field) if (field.typeName === entry.name) field.typeName = name;
      entry.name = name;
    }
  return bytesOf(file);
};

/**
 * Server reflection (v1 and v1alpha), so that grpcurl and the like need no proto files: the order service and the
 * details of its errors (`google.rpc`) by the descriptors that `npm run generate` writes, and health.
 *
 * @param root the project's root: the descriptors are no part of the compiled code
 */
export const mountReflection = (server: Server, root: string): void => {
  const orders = fromBinary(FileDescriptorSetSchema, readFileSync(path.join(root, 'proto', 'gen', 'descriptor.binpb')));
  const files = [
    ...orders.file.map(bytesOf),
    ...Object.values(health).flatMap(({ requestType }) => requestType.fileDescriptorProtos.map(mended)),
  ];
  const format = 'Protocol Buffer 3 DescriptorProto';
  new ReflectionService({ files: { format, type: {}, fileDescriptorProtos: files } }).addToServer(server);
};
