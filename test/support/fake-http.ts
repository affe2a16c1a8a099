import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';

/** A request that came in. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface FakeAnswer {
  readonly status: number;
  readonly body: string;
}

/** A server that answers as told, and a client's connections to it. */
export interface FakeHttp {
  readonly origin: string;
  readonly http: Agent;
  readonly seen: Seen[];
  /** What it answers next, or to such a request; `hang`: nothing, ever. */
  answer: FakeAnswer | 'hang' | ((seen: Seen) => FakeAnswer);
  close(): Promise<void>;
}

export const startFakeHttp = async (): Promise<FakeHttp> => {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
      seen.push(one);
      const answer = typeof fake.answer === 'function' ? fake.answer(one) : fake.answer;
      if (answer === 'hang') return;
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body || undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const http = new Agent();
  const fake: FakeHttp = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    http,
    seen,
    answer: { status: 200, body: '{}' },
    close: async () => {
      await http.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
};
