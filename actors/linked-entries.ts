import { type Chain, chainTime, sealPersonal } from './chain.js';
import type { Channel } from './command-envelope.js';
import { type Authorship, dataText, type NumberedEntry, personalText } from './order-store.js';
import { effectsOf } from './rules/effects.js';
import type { Decided } from './rules/decide.js';
import type { Entry } from './rules/entries.js';
import type { Order, OrderState } from './rules/order.js';

/** Who wrote an entry, how and when, as the chain covers it. */
export interface Signature extends Pick<Authorship, 'caller' | 'commandId' | 'traceparent' | 'at'> {
  readonly channel: Channel | 'import';
}

/** An entry linked to the one before. An order whose newest entry has no hash goes on without, until it is sealed. */
export const linked = (
  chain: Chain,
  order: Order,
  previous: string | undefined,
  [version, entry]: readonly [number, Entry],
  { caller, channel, commandId, traceparent, at }: Signature,
): Pick<NumberedEntry, 'link' | 'seal'> => {
  const seal = sealPersonal(personalText(entry));
  if (version > 1 && previous === undefined) return { seal, link: undefined };
  const author = { by_type: caller.type, by_id: caller.id, channel, command_id: commandId };
  const link = chain.link(previous, order.order_number, {
    ...author,
    order_id: order.id,
    version,
    type: entry.type,
    data: dataText(entry),
    traceparent: traceparent ?? null,
    at: chainTime(at),
    personal_digest: seal.personal_digest,
    sealed_at: null,
  });
  return { seal, link };
};

/** What was decided on a state: its entries numbered and linked, with all that they set going; and the state after them. */
export const numbered = (
  chain: Chain,
  state: OrderState,
  { entries, after }: Pick<Decided, 'entries' | 'after'>,
  by: Authorship,
): [OrderState, readonly NumberedEntry[]] => {
  let current = state;
  const result = entries.map((entry, index) => {
    const before = current;
    const version = before.order.version + 1;
    const { link, seal } = linked(chain, before.order, before.head, [version, entry], by);
    current = { ...(after[index] ?? before), head: link?.hash };
    return { version, entry, effects: effectsOf(before, current, entry), link, seal };
  });
  return [current, result];
};
