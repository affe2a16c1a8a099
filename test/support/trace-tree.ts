import type { CollectedSpan } from './otlp.js';

/** What daprd calls its tracer. */
const sidecarScope = 'dapr-diagnostics';

/** Whether a sidecar made it. */
export const bySidecar = ({ scope }: CollectedSpan): boolean => scope === sidecarScope;

/** A span in a line: `order-service server turn create`; a sidecar's by whose sidecar it is. */
const lineOf = (span: CollectedSpan): string =>
  bySidecar(span) ? `sidecar of ${span.service}` : `${span.service} ${span.kind} ${span.name}`;

/**
 * How a trace gets to a span: a line for each span from its first to this one. Several of the same sidecars in a row are
 * one line, since an actor may be next door or behind another sidecar. `(gap)` where a parent did not come in.
 */
export const wayTo = (span: CollectedSpan, all: readonly CollectedSpan[]): readonly string[] => {
  const way: string[] = [];
  for (let at: CollectedSpan | undefined = span; at !== undefined;) {
    const line = lineOf(at);
    if (way[0] !== line || !bySidecar(at)) way.unshift(line);
    const { parentId }: CollectedSpan = at;
    at = all.find(({ spanId }) => spanId === parentId);
    if (at === undefined && parentId !== undefined) way.unshift('(gap)');
  }
  return way;
};
