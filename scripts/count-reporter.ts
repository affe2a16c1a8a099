import type { TestEvent } from 'node:test/reporters';

/** Counts of one run of node --test. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
}

/** A reporter for node --test that writes nothing but the {@link TestCounts}, as JSON. */
export default async function* countReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  // The runner ends with lines like "pass 12", one for each count.
  const totals = new Map<string, number>();
  for await (const event of source) {
    if (event.type !== 'test:diagnostic' || event.data.nesting !== 0) continue;
    const match = /^(pass|fail|cancelled) (\d+)$/.exec(event.data.message);
    if (match?.[1]) totals.set(match[1], Number(match[2]));
  }
  const failed = (totals.get('fail') ?? 0) + (totals.get('cancelled') ?? 0);
  yield JSON.stringify({ passed: totals.get('pass') ?? 0, failed } satisfies TestCounts);
}
