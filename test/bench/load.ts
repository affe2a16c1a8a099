import autocannon from 'autocannon';

/** One load: what is asked, how hard, how long. */
export interface Load {
  readonly name: string;
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly request: autocannon.Request;
}

/** What came of it. Latencies in milliseconds. */
export interface LoadResult {
  readonly load: string;
  readonly connections: number;
  readonly per_second: number;
  readonly p50_ms: number;
  readonly p97_5_ms: number;
  readonly p99_ms: number;
  /** Answers that were neither 2xx nor 3xx, connections that broke, requests without an answer. */
  readonly failures: number;
}

/** Sends a load and sums it up. */
export const run = async ({ name, url, connections, seconds, request }: Load): Promise<LoadResult> => {
  const result = await autocannon({ url, connections, duration: seconds, requests: [request] });
  const { latency, requests } = result;
  return {
    load: name,
    connections,
    per_second: Math.round(requests.average),
    p50_ms: latency.p50,
    p97_5_ms: latency.p97_5,
    p99_ms: latency.p99,
    failures: result['4xx'] + result['5xx'] + result.errors + result.timeouts,
  };
};
