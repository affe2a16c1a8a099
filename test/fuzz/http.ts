import { request } from 'node:http';

/** A request, byte for byte as it goes out. */
export interface RawRequest {
  readonly method: string;
  /** Path and query, already encoded. */
  readonly path: string;
  /** Names and values; the same name may come twice. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: Buffer | undefined;
}

/** What came back. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Longer than any deadline of the service: who waits longer waits for ever. */
const patienceMs = 15_000;

/** Sends a request on a connection of its own. @throws Error when there is no answer within 15 s */
export const send = (origin: string, { method, path, headers, body }: RawRequest): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    // Without a length, Node would say that a body follows.
    const bodiless = body === undefined && (method === 'GET' || method === 'HEAD');
    const length = bodiless ? [] : ['Content-Length', String(body?.length ?? 0)];
    const outgoing = request({
      ...{ hostname, port, method, path, agent: false },
      // Closed by us: a server that closes on unread input takes its answer along.
      headers: ['Host', `${hostname}:${port}`, 'Connection', 'keep-alive', ...length, ...headers.flat()],
      signal: AbortSignal.timeout(patienceMs),
    });
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        outgoing.destroy();
        const fields = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as const);
        resolve({
          status: incoming.statusCode ?? 0,
          headers: Object.fromEntries(fields),
          text: Buffer.concat(chunks).toString(),
        });
      });
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(`no answer: ${error.code ?? error.message}`, { cause: error }));
    });
    outgoing.end(body);
  });
