// A reporter for node --test that writes nothing but {"passed": N, "failed": N}. Plain JavaScript, since node takes the
// default export of an ES module.

/** The runner ends with lines like "pass 12", one for each count. */
export default async function* countReporter(source) {
  const totals = new Map();
  for await (const event of source) {
    if (event.type !== 'test:diagnostic' || event.data.nesting !== 0) continue;
    const match = /^(pass|fail|cancelled) (\d+)$/.exec(event.data.message);
    if (match) totals.set(match[1], Number(match[2]));
  }
  const failed = (totals.get('fail') ?? 0) + (totals.get('cancelled') ?? 0);
  yield JSON.stringify({ passed: totals.get('pass') ?? 0, failed });
}
