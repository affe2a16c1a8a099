import type { Audited } from './journal-audit.js';

/** One entry of an order's timeline: what happened, by whom and how. */
export interface TimelineEntry {
  readonly version: number;
  readonly type: string;
  /** The entry's data with its personal part. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly by: { readonly type: string; readonly id: string };
  readonly channel: string;
  readonly trace_id?: string | undefined;
  readonly at: string;
  /** Absent in entries of earlier releases that are not sealed. */
  readonly hash?: string | undefined;
}

/** The journals for reading: the timeline, and all that a verification needs. */
export interface Journal {
  /** At most `limit` entries after this version, oldest first. */
  entries(orderId: string, after: number, limit: number): Promise<readonly TimelineEntry[]>;
  audited(orderId: string): Promise<Audited>;
}
