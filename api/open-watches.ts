import type { Caller } from '../actors/rules/order-parts.js';
import type { Problem } from './errors.js';
import { isStaffOrService } from './redaction.js';

/** The watches of each customer and guest that are open at this replica. */
export interface OpenWatches {
  /** Opens one more. The problem, where the caller has as many as they may have; otherwise how to close it. */
  open(caller: Caller): Problem | (() => void);
}

/** @param most of one customer or guest; services and staff are not counted */
export const createOpenWatches = (most: number): OpenWatches => {
  const counts = new Map<string, number>();
  return {
    open: (caller) => {
      if (isStaffOrService(caller)) return () => undefined;
      const owner = `${caller.type} ${caller.id}`;
      const before = counts.get(owner) ?? 0;
      if (before >= most)
        return { code: 'rate_limited', detail: `At most ${most} watches of one caller at once.`, retryAfter: 1 };
      counts.set(owner, before + 1);
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        const left = (counts.get(owner) ?? 0) - 1;
        if (left > 0) counts.set(owner, left);
        else counts.delete(owner);
      };
    },
  };
};
