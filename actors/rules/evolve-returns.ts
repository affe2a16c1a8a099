import type { Returned, ReturnRequested } from './entries.js';
import type { Return, ReturnPart } from './order.js';
import { covers, perLine } from './order-parts.js';

const put = (returns: readonly Return[], changed: Return): readonly Return[] =>
  returns.some(({ return_id }) => return_id === changed.return_id)
    ? returns.map((known) => (known.return_id === changed.return_id ? changed : known))
    : [...returns, changed];

/** The returns after one was announced. */
export const returnsAnnounced = (
  returns: readonly Return[],
  { return_id, items, reason }: ReturnRequested['data'],
  requested_at: string,
): readonly Return[] =>
  put(returns, { return_id, status: 'requested', items, parts: [], reason, requested_at, completed_at: undefined });

/** The returns after a part of one came back; units that were returned by hand belong to none. */
export const returnsCompleted = (
  returns: readonly Return[],
  { return_id, part_id, items, reason }: Returned['data'],
  completed_at: string,
): readonly Return[] => {
  if (return_id === undefined) return returns;
  const known = returns.find((one) => one.return_id === return_id);
  const part: ReturnPart = { part_id, items, completed_at };
  const parts = [...(known?.parts ?? []), part];
  const back = perLine(parts.flatMap((one) => one.items));
  const announced = known?.status === 'requested' ? known.items : [];
  const isWhole = parts.some((one) => one.part_id === undefined) || covers(back, announced);
  const about = { return_id, parts, reason: reason ?? known?.reason, requested_at: known?.requested_at };
  return put(
    returns,
    isWhole
      ? { ...about, status: 'completed', items: back, completed_at }
      : { ...about, status: 'requested', items: announced, completed_at: undefined },
  );
};
