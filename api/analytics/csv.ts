/** A value of a table. */
export type CsvValue = string | number | null;

const formula = '[=+\\-@＝＋－＠]';
const atFront = new RegExp(`^(?:[\\t\\r\\n]|[\\s"']*${formula})`, 'u');
const behindSeparator = new RegExp(`([,;|\\t\\r\\n])([ "']*)(?=${formula})`, 'gu');

/**
 * Numbers of ours may begin with a sign; whatever else begins like a formula is kept from being one in a spreadsheet. So is
 * what stands behind a separator within a cell: another program, or other settings of the same, may divide the cell there.
 * The full-width forms count as their narrow ones.
 */
const tame = (text: string): string => {
  const inside = text.replaceAll(behindSeparator, "$1'$2");
  return atFront.test(inside) ? `'${inside}` : inside;
};

const cellOf = (value: CsvValue | undefined): string => {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'number' ? String(value) : tame(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** A table as CSV (RFC 4180), its header first. Null and absent values are empty. */
export const toCsv = (
  columns: readonly string[],
  rows: readonly Readonly<Record<string, CsvValue | undefined>>[],
): string =>
  [columns, ...rows.map((row) => columns.map((column) => row[column]))]
    .map((values) => `${values.map(cellOf).join(',')}\r\n`)
    .join('');
