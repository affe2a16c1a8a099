import { type Attributes, type Span, type SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { contextIn, inSpan, traceHeaders } from '../observability/spans.js';
import type { ClaimedEffect } from '../persistence/effects.js';

/** One try of an effect, as its span shows it. */
export interface TrySpan {
  readonly name: string;
  readonly kind: SpanKind;
  /** What the semantic conventions want of such a call. */
  readonly attributes: Attributes;
}

/**
 * Makes one try of an effect a span of the trace that its command belongs to, however much later it is.
 *
 * @param call gets the headers that the request must carry
 */
export const inTrySpan = <T extends { readonly kind: string }>(
  effect: ClaimedEffect,
  { name, kind, attributes }: TrySpan,
  call: (headers: Readonly<Record<string, string>>, span: Span) => Promise<T>,
): Promise<T> => {
  const { key, orderId, version, operation, attempts, traceparent } = effect;
  const ours = {
    'order.id': orderId,
    'order.version': version,
    'order.effect.key': key,
    'order.effect.operation': operation,
    'order.effect.attempt': attempts,
  };
  return inSpan(
    name,
    { kind, attributes: { ...ours, ...attributes } },
    async (span, within) => {
      const outcome = await call(traceHeaders(within), span);
      span.setAttribute('order.outcome', outcome.kind);
      if (outcome.kind === 'retry') span.setStatus({ code: SpanStatusCode.ERROR });
      return outcome;
    },
    contextIn({ traceparent }),
  );
};
