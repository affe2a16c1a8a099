import { type Server, ServerCredentials } from '@grpc/grpc-js';
import type { GrpcApp } from './app.js';

/** A gateway that listens. */
export interface Listening {
  readonly port: number;
  /** Takes no new calls and waits for those at hand, at most ten seconds. */
  close(): Promise<void>;
}

const longestDrainMs = 10_000;

const bind = (server: Server, address: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });

/**
 * Serves on every interface, as REST does, IPv6 where the machine has it. In plain text: in production the mesh or the
 * load balancer in front speaks TLS.
 */
export const listenGrpc = async ({ server, health, streams }: GrpcApp, wanted: number): Promise<Listening> => {
  let host = '[::]';
  const port = await bind(server, `${host}:${wanted}`).catch(() => {
    host = '0.0.0.0';
    return bind(server, `${host}:${wanted}`);
  });
  health.start();
  return {
    port,
    close: () =>
      new Promise((resolve, reject) => {
        health.stop();
        streams.endStreaming();
        // In this order: a session that is closing already would escape the drain's final cut.
        server.drain(`${host}:${port}`, longestDrainMs);
        server.tryShutdown((error) => {
          if (error === undefined) resolve();
          else reject(error);
        });
      }),
  };
};
