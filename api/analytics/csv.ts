/** A value of a table. */
export type CsvValue = string | number | null;

/** Numbers of ours may begin with a sign; whatever else begins like a formula is kept from being one in a spreadsheet. */
const tame = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

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
