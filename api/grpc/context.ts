import type { Deadline, Metadata } from '@grpc/grpc-js';
import type { HeaderOf } from '../headers.js';

/** The longest time of a call: of one that is about one order, and of one that is about many. */
const longestMs = { one: 10_000, many: 50_000 } as const;

/** Whether a call is about one order or many. */
export type Extent = keyof typeof longestMs;

/** Metadata keys are lower case on the wire; binary entries are none of ours. */
export const headersOf =
  (metadata: Metadata): HeaderOf =>
  (name) => {
    const values = metadata.get(name).filter((value) => typeof value === 'string');
    return values.length === 0 ? undefined : values.join(', ');
  };

/** Milliseconds left for a call: what the client grants, within the longest time of such calls. */
export const timeLeft = (deadline: Deadline, now: number, extent: Extent): number =>
  Math.max(1, Math.min(longestMs[extent], Number(deadline) - now));
