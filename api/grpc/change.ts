import type { StoredDocument } from '../../actors/order-reads.js';
import { Order, type Preview } from '../../proto/gen/order/v1/order.js';
import type { OrderAnswer } from '../change-order.js';
import type { CallContext } from '../commands.js';
import { ok, type Result } from '../errors.js';
import type { PreviewAnswer } from '../redaction.js';
import { given, type MessageType } from './decode.js';
import type { Reply } from './method.js';

type PartialOrder = Parameters<typeof Order.fromPartial>[0];

/** A stored document as a message. JSON has no undefined: what a document lacks is absent, and an empty list in the message. */
export const orderOf = ({ document }: StoredDocument): Order => Order.fromPartial(JSON.parse(document) as PartialOrder);

/** The order's version as metadata. */
export const etag = ({ version }: StoredDocument): Readonly<Record<string, string>> => ({ etag: `"${version}"` });

/** The metadata of every changing call. */
export const metadataOf = ({ document, replayed }: OrderAnswer): Readonly<Record<string, string>> => ({
  ...etag(document),
  ...(replayed ? { 'idempotent-replayed': 'true' } : {}),
});

/** What every changing call answers: the order, or what a dry run would have done. */
export interface ChangeMessage {
  readonly order: Order | undefined;
  readonly preview: Preview | undefined;
}

/** What a call would do, as a message. */
export const previewOf = ({ preview }: PreviewAnswer): Preview => ({
  version: preview.version,
  order: Order.fromPartial(JSON.parse(JSON.stringify(preview.order)) as PartialOrder),
  changes: preview.changes.map((one) => ({ ...one })),
  effects: preview.effects.map((effect) => ({ ...effect })),
  refund:
    preview.refund === undefined
      ? undefined
      : { ...preview.refund, lines: [...preview.refund.lines], payments: [...preview.refund.payments] },
});

/** The reply of a dry run; the ETag is the version that it was computed at. */
export const previewReply = (answer: PreviewAnswer): Reply<ChangeMessage> => {
  const { version } = answer.preview;
  return {
    message: { order: undefined, preview: previewOf(answer) },
    metadata: version === undefined ? {} : { etag: `"${version}"` },
  };
};

type OrderReply = Promise<Result<Reply<ChangeMessage>>>;

/** The id stands in the path of REST and in the message here; the rest is the body. */
export const change =
  <Q extends { readonly id: string }>(
    type: MessageType<Q>,
    call: (id: string, input: unknown, context: CallContext) => Promise<Result<OrderAnswer | PreviewAnswer>>,
    more: (message: Q) => object = () => ({}),
  ) =>
  async (message: Q, context: CallContext): OrderReply => {
    const fields = Object.entries({ ...given(type, message), ...more(message) });
    const body = Object.fromEntries(fields.filter(([name, value]) => name !== 'id' && value !== undefined));
    const result = await call(message.id, body, context);
    if (!result.ok) return result;
    if ('preview' in result.value) return ok(previewReply(result.value));
    const changed = { order: orderOf(result.value.document), preview: undefined };
    return ok({ message: changed, metadata: metadataOf(result.value) });
  };
