import type { DeadLetterView } from '../../actors/dead-letters.js';
import type { TimelineEntry } from '../../actors/journal.js';
import type { EffectView } from '../../actors/ledger.js';
import type { StoredDocument } from '../../actors/order-reads.js';
import { Order, type Preview } from '../../proto/gen/order/v1/order.js';
import type {
  BulkProblem,
  BulkResult as BulkMessage,
  DeadLetter,
  Effect,
  JournalEntry,
} from '../../proto/gen/order/v1/staff.js';
import type { BulkResult } from '../bulk-change.js';
import { errorTable, mostNamedFaults, type Problem } from '../errors.js';
import { cutToDepth } from '../events/nesting.js';
import type { PreviewAnswer } from '../redaction.js';

type PartialOrder = Parameters<typeof Order.fromPartial>[0];

/** A stored document as a message. JSON has no undefined: what a document lacks is absent, and an empty list in the message. */
export const orderOf = ({ document }: StoredDocument): Order => Order.fromPartial(JSON.parse(document) as PartialOrder);

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

/**
 * The deepest JSON in a message: protobuf decodes messages in messages up to 100 levels ("Recursion limit" of its
 * implementations), and `google.protobuf.Struct` takes three for each level of JSON.
 */
const deepestInMessage = 30;

/** JSON of any depth for a message; what is nested deeper is cut, and whole over REST. */
const cutForMessage = <T>(value: T): T => cutToDepth(value, deepestInMessage) as T;

/** A payload is a JSON object by the types of the rules; the ledger shows it as it was stored. */
export const effectOf = (effect: EffectView): Effect => ({
  ...effect,
  payload: cutForMessage(effect.payload as Effect['payload']),
});

/** A dead letter as a message. */
export const letterOf = (letter: DeadLetterView): DeadLetter => ({ ...letter, payload: cutForMessage(letter.payload) });

/** The journal holds JSON objects, by the types of the rules. */
export const entryOf = (entry: TimelineEntry): JournalEntry => ({ ...entry, data: cutForMessage({ ...entry.data }) });

const problemIn = ({ code, detail, errors = [] }: Problem): BulkProblem => ({
  code,
  detail: detail ?? errorTable[code].title,
  errors: errors.slice(0, mostNamedFaults).map(({ path, message }) => ({ path, message })),
});

/** What became of one order of a bulk request, as a message. */
export const bulkResultOf = (result: BulkResult): BulkMessage => ({
  order_id: result.order_id,
  outcome: result.outcome,
  version: 'version' in result ? result.version : undefined,
  problem: 'problem' in result ? problemIn(result.problem) : undefined,
  preview: 'preview' in result && result.preview !== undefined ? previewOf({ preview: result.preview }) : undefined,
});
