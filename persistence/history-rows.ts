/** What the lines of both histories have, as Postgres answers them. */
export interface HistoryRow {
  readonly version: number;
  readonly position: string;
  readonly reason: string | null;
  readonly by_type: string;
  readonly by_id: string;
  readonly changed_at: string;
}

/** The same as a line shows it. */
export const common = ({ version, reason, by_type, by_id, changed_at }: HistoryRow) => ({
  version,
  ...(reason === null ? {} : { reason }),
  changed_by: { type: by_type, id: by_id },
  changed_at,
});
