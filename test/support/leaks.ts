import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Something that a run gave away: a log, a page of metrics, a column. */
export interface Output {
  readonly name: string;
  readonly text: string;
}

/** Every form in which a planted text may come out. Plants are ASCII. */
const forms = (plant: string): readonly string[] => {
  const cased = plant.toLowerCase();
  const base64 = (text: string): string => Buffer.from(text).toString('base64').replace(/=+$/, '').slice(0, -2);
  return [...new Set([cased, encodeURIComponent(plant).toLowerCase(), base64(plant).toLowerCase()])];
};

const around = (text: string, at: number): string => {
  const begin = Math.max(text.lastIndexOf('\n', at) + 1, at - 300);
  return text.slice(begin, at + 100);
};

/** Where planted texts turn up: one line for each plant and output, with what stands around it. */
export const leaksIn = (outputs: readonly Output[], plants: Readonly<Record<string, string>>): readonly string[] =>
  outputs.flatMap(({ name, text }) => {
    const lower = text.toLowerCase();
    return Object.entries(plants).flatMap(([what, plant]) => {
      const found = forms(plant).map((form) => lower.indexOf(form));
      const at = found.find((index) => index !== -1);
      return at === undefined ? [] : [`${what} in ${name}: ${around(text, at)}`];
    });
  });

/** All that the processes of a stack have printed. */
export const logsBelow = (folder: string): readonly Output[] =>
  readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
