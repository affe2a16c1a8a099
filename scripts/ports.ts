import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Failure } from './failure.js';
import { isErrnoException } from './process-table.js';

/**
 * Ports of the parts that `npm start` and the test stacks run besides the apps of dapr.yaml. All ports, there and here, are
 * below 32768: from there on Linux takes the ports of outgoing connections, and one that has just been closed keeps its port
 * for a minute. That is why placement does not listen on 50005 here, Dapr's default, which dapr.yaml itself names; with a
 * port of its own it also runs beside the placement of `dapr init`.
 */
export const infrastructurePorts = {
  postgres: 5434,
  redis: 6380,
  placement: 5105,
  placementRaft: 5107,
  placementHealth: 18080,
  placementMetrics: 19090,
  sentry: 5109,
  sentryHealth: 18081,
} as const;

/** Ports of one stack, moved. */
export type InfrastructurePorts = Record<keyof typeof infrastructurePorts, number>;

/** The ports of the parts that are not in dapr.yaml, moved by an offset. */
export function moveInfrastructurePorts(offset: number): InfrastructurePorts {
  const entries = Object.entries(infrastructurePorts).map(([name, port]) => [name, port + offset] as const);
  return Object.fromEntries(entries) as InfrastructurePorts;
}

/** A port that is taken, with what it is wanted for. */
export type WantedPort = readonly [port: number, purpose: string];

/**
 * Makes sure that every port is free before anything is started.
 * @throws Failure that names each taken port, what it is wanted for, and what to do
 */
export async function demandFreePorts(wanted: readonly WantedPort[]): Promise<void> {
  const taken: WantedPort[] = [];
  for (const entry of wanted) if (!(await isPortFree(entry[0]))) taken.push(entry);
  if (taken.length === 0) return;
  const shown = taken.slice(0, 6).map(([port, purpose]) => `  ${port} (${purpose})`);
  if (taken.length > shown.length) {
    shown.push(
      `  and ${taken.length - shown.length} more (perhaps another Order Service is running, started from another folder)`,
    );
  }
  const first = taken[0]?.[0] ?? 0;
  throw new Failure(
    `${taken.length === 1 ? 'A port is' : 'Ports are'} in use by another program:\n${shown.join('\n')}\n` +
      `Stop that program (\`ss -ltnp 'sport = :${first}'\` or \`lsof -i :${first}\` shows it), ` +
      'or move all ports with ORDER_PORT_OFFSET=300.',
  );
}

/** Whether nothing listens on a port, on loopback or on all interfaces. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '0.0.0.0'));
}

/** A port of the system's choice that nothing listens on, for one program of a test. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** A claim on a port offset, for as long as this process lives or until released. */
export interface OffsetClaim {
  readonly offset: number;
  release(): Promise<void>;
}

// All moved ports stay below 32768, too.
const firstOffset = 10_900;
const lastOffset = 13_600;
// No multiple of it (within the range) is the distance of two ports of the table, so two stacks never meet.
const offsetStep = 61;

/**
 * Finds an offset whose ports are all free and keeps other test runs from choosing it: the claim is a listening
 * port of its own, which cannot outlive this process.
 * @param portsAt every port a stack with this offset takes
 */
export async function claimFreeOffset(portsAt: (offset: number) => number[]): Promise<OffsetClaim> {
  const count = Math.floor((lastOffset - firstOffset) / offsetStep);
  const start = process.pid % count;
  for (let index = 0; index < count; index++) {
    const offset = firstOffset + ((start + index) % count) * offsetStep;
    const claim = await listen(claimPort(offset), '127.0.0.1');
    if (!claim) continue;
    const free = await Promise.all(portsAt(offset).map(isPortFree));
    if (free.every(Boolean)) return { offset, release: claim };
    await claim();
  }
  throw new Failure('No free range of ports was found for a test stack. Stop other test runs and try again.');
}

function claimPort(offset: number): number {
  return 28_000 + (offset - firstOffset) / offsetStep;
}

async function canListen(port: number, host: string): Promise<boolean> {
  const close = await listen(port, host);
  await close?.();
  return close !== undefined;
}

function listen(port: number, host: string): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.unref();
    server.once('error', (error) => {
      if (isErrnoException(error) && (error.code === 'EADDRINUSE' || error.code === 'EACCES')) resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => {
      resolve(() => new Promise((closed) => server.close(() => closed())));
    });
  });
}
