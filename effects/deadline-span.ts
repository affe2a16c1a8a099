import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Answer } from '../actors/order-client.js';
import { contextIn, inEntrySpan, markFailed, traceparentOf } from '../observability/spans.js';

/** What time asks of an order. */
export interface DueSpan {
  readonly name: string;
  readonly orderId: string;
  /** Of the order's latest change, where it is known. */
  readonly traceparent?: string | undefined;
}

/**
 * Begins a trace: time is the cause, and a month may lie between a deadline and the trace that set it. That one is linked.
 *
 * @param send gets the trace to hand on
 */
export const inDeadlineSpan = (
  { name, orderId, traceparent }: DueSpan,
  send: (traceparent: string | undefined) => Promise<Answer>,
): Promise<Answer> => {
  const latest = trace.getSpanContext(contextIn({ traceparent }));
  const links = latest === undefined ? [] : [{ context: latest }];
  const options = { root: true, links, attributes: { 'order.id': orderId } };
  return inEntrySpan(name, options, ROOT_CONTEXT, async (span, within) => {
    const answer = await send(traceparentOf(within));
    span.setAttribute('order.outcome', answer.outcome);
    if (answer.outcome === 'unavailable' || answer.outcome === 'broken') markFailed(span, answer.outcome);
    return answer;
  });
};
