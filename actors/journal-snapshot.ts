/**
 * Which transactions a moment sees, as Postgres writes it (`pg_snapshot`, "xmin:xmax:running,…"): all that began before
 * `xmax` but those that were running. Numbers are 64 bits wide and never come again.
 */
export interface Snapshot {
  readonly xmax: bigint;
  readonly running: readonly bigint[];
}

/** Reads the text of a `pg_snapshot`. */
export const readSnapshot = (text: string): Snapshot => {
  const [, xmax = '', running = ''] = text.split(':');
  return { xmax: BigInt(xmax), running: running === '' ? [] : running.split(',').map(BigInt) };
};

/** Writes it as Postgres reads it. */
export const writeSnapshot = ({ xmax, running }: Snapshot): string =>
  `${String(running[0] ?? xmax)}:${String(xmax)}:${running.join(',')}`;

/** Whether this moment sees what a transaction has written, if that was committed at all. */
export const sees = ({ xmax, running }: Snapshot, transaction: bigint): boolean =>
  transaction < xmax && !running.includes(transaction);

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const greatest = (a: bigint, b: bigint): bigint => (a < b ? b : a);

/**
 * The cursor after another step: it sees what it saw, and of what `present` sees all transactions numbered below `end`.
 *
 * @param present a later moment than the cursor
 */
export const advanced = (cursor: Snapshot, present: Snapshot, end: bigint): Snapshot => {
  const xmax = greatest(cursor.xmax, least(present.xmax, end));
  const candidates = new Set([...cursor.running, ...present.running]);
  const isSeen = (transaction: bigint): boolean =>
    sees(cursor, transaction) || (transaction < end && sees(present, transaction));
  const running = [...candidates].filter((transaction) => transaction < xmax && !isSeen(transaction));
  return { xmax, running: running.sort((a, b) => (a < b ? -1 : 1)) };
};
