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

type Rows = readonly Readonly<Record<string, CsvValue | undefined>>[];

const lineOf = (values: readonly (CsvValue | undefined)[]): string => `${values.map(cellOf).join(',')}\r\n`;

/** Rows of a table as CSV (RFC 4180). Null and absent values are empty. */
export const csvLines = (columns: readonly string[], rows: Rows): string =>
  rows.map((row) => lineOf(columns.map((column) => row[column]))).join('');

/** A table as CSV, its header first. */
export const toCsv = (columns: readonly string[], rows: Rows): string => lineOf(columns) + csvLines(columns, rows);
