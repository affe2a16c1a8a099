import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/paths.js';

/** A table of a Markdown file: each row by the names of its columns. Code marks around a whole cell are taken off. */
export type MarkdownTable = readonly Readonly<Record<string, string>>[];

const cells = (line: string): string[] =>
  line
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1'));

/** The tables of a file below docs/, in order. */
export const tablesOf = (file: string): readonly MarkdownTable[] => {
  const lines = readFileSync(join(projectRoot, 'docs', file), 'utf8').split('\n');
  const blocks: string[][] = [];
  lines.forEach((line, index) => {
    if (!line.startsWith('|')) return;
    if (lines[index - 1]?.startsWith('|') === true) blocks.at(-1)?.push(line);
    else blocks.push([line]);
  });
  return blocks.map(([heading = '', , ...rows]) => {
    const names = cells(heading);
    return rows.map((row) => {
      const values = cells(row);
      return Object.fromEntries(names.map((name, column) => [name, values[column] ?? '']));
    });
  });
};

/** The table of a file that has exactly these columns. */
export const tableOf = (file: string, ...columns: readonly string[]): MarkdownTable => {
  const found = tablesOf(file).find(([row]) => Object.keys(row ?? {}).join() === columns.join());
  if (found === undefined) throw new Error(`docs/${file} has no table of ${columns.join(', ')}`);
  return found;
};
