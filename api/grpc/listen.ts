import { type Server, ServerCredentials } from '@grpc/grpc-js';
import type { GrpcApp } from './app.js';

/** A gateway that listens. */
export interface Listening {
  readonly port: number;
  /** From now on the health service says NOT_SERVING; calls are served as before. */
  partWithClients(): void;
  /** Takes no new calls, waits for those at hand, and cuts off what is not done in time. */
  close(): Promise<void>;
}

const bind = (server: Server, address: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });

/**
 * Serves on one address, or on every interface as REST does, IPv6 where the machine has it. In plain text: in production the mesh or the
 * load balancer in front speaks TLS.
 *
 * @param drainMs how long calls may still take when it is closed
 * @param address to listen on; every interface where it is not given
 */
export const listenGrpc = async (
  { server, health, streams }: GrpcApp,
  wanted: number,
  drainMs = 10_000,
  address?: string,
): Promise<Listening> => {
  let host = address === undefined ? '[::]' : address.includes(':') ? `[${address}]` : address;
  const port = await bind(server, `${host}:${wanted}`).catch((error: unknown) => {
    if (address !== undefined) throw error;
    host = '0.0.0.0';
    return bind(server, `${host}:${wanted}`);
  });
  health.start();
  return {
    port,
    partWithClients: () => {
      health.stop();
    },
    close: () =>
      new Promise((resolve, reject) => {
        health.stop();
        streams.endStreaming();
        // In this order: a session that is closing already would escape the drain's final cut.
        server.drain(`${host}:${port}`, drainMs);
        server.tryShutdown((error) => {
          if (error === undefined) resolve();
          else reject(error);
        });
      }),
  };
};
