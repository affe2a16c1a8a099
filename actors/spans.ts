import { type Attributes, context, type Span, SpanKind, trace } from '@opentelemetry/api';
import { contextIn, inSpan, markFailed, startSpan, type Work } from '../observability/spans.js';
import type { CommandRequest, Reply } from './command-envelope.js';

const call = 'OrderActor/execute';

const attributesOf = ({ orderId, command }: CommandRequest): Attributes => ({
  'rpc.system.name': 'dapr',
  'rpc.method': call,
  'order.id': orderId,
  'order.command': command.type,
});

type Outcome = Reply | { readonly outcome: 'unavailable' };

/** The outcome of a command. Only infrastructure fails: a refusal is an answer. */
const conclude = (span: Span, reply: Outcome): void => {
  if (!span.isRecording()) return;
  span.setAttribute('order.outcome', reply.outcome);
  switch (reply.outcome) {
    case 'done':
      span.setAttributes({ 'order.version': reply.order.version, 'order.replayed': reply.replayed });
      break;
    case 'refused':
      span.setAttribute('order.refusal', reply.refusal.code);
      break;
    case 'unavailable':
    case 'broken':
      markFailed(span, reply.outcome);
      break;
    case 'elsewhere':
    case 'previewed':
    case 'stale':
    case 'conflict':
      break;
  }
};

const concluded =
  <T extends Outcome>(work: Work<T>): Work<T> =>
  async (span, within) => {
    const reply = await work(span, within);
    conclude(span, reply);
    return reply;
  };

/** The current trace, or without one that of the command. */
const parentOf = ({ traceparent }: CommandRequest) =>
  trace.getSpan(context.active()) === undefined ? contextIn({ traceparent }) : context.active();

/** The call of an actor with a command, with all attempts. */
export const inActorCall = <T extends Outcome>(request: CommandRequest, work: Work<T>): Promise<T> =>
  inSpan(call, { kind: SpanKind.CLIENT, attributes: attributesOf(request) }, concluded(work), parentOf(request));

/** A turn of an order's actor, waiting for the one before included. */
export const inTurn = <T extends Reply>(request: CommandRequest, work: Work<T>): Promise<T> => {
  const options = { kind: SpanKind.SERVER, attributes: attributesOf(request) };
  return inSpan(`turn ${request.command.type}`, options, concluded(work), parentOf(request));
};

/** The rule at work. It knows nothing of this: the rules are pure. */
export const inRule = <T>(command: string, rule: () => T, outcomeOf: (decision: T) => string): T => {
  const span = startSpan(`decide ${command}`);
  try {
    const decision = rule();
    if (span.isRecording()) span.setAttribute('order.outcome', outcomeOf(decision));
    return decision;
  } finally {
    span.end();
  }
};
