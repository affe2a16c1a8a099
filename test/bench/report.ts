import { writeFileSync } from 'node:fs';
import type { LoadResult } from './load.js';

/** One figure of a run. */
export interface Figure {
  readonly section: string;
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What it should be, in words, and whether it is. */
  readonly target?: string;
  readonly met?: boolean;
}

/** Collects the figures of a run, showing each as it comes. */
export interface Report {
  /** @param limit what the value should reach (`least`) or stay below (`most`) */
  add(section: string, what: string, value: number, unit: string, limit?: { least?: number; most?: number }): void;
  readonly figures: readonly Figure[];
  /** Prints the table and writes the JSON. */
  finish(file: string): void;
}

/**
 * The load generator's own delay: how much later than they were due the requests of an open load were sent. It is part of the
 * latencies, which count from when a request was due; where it is long, they say more of the generator than of the service.
 */
export const reportLate = (report: Report, section: string, what: string, { late }: Pick<LoadResult, 'late'>): void => {
  report.add(section, `${what}, sent late, p50`, late.p50, 'ms');
  report.add(section, `${what}, sent late, p95`, late.p95, 'ms');
};

const digits = (value: number): number => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);

/** @param log takes a line of progress */
export const createReport = (log: (line: string) => void): Report => {
  const figures: Figure[] = [];
  const begun = new Date();
  return {
    figures,
    add: (section, what, value, unit, { least, most } = {}) => {
      const rounded = Number(value.toFixed(digits(value)));
      const target = least !== undefined ? `≥ ${least}` : most !== undefined ? `≤ ${most}` : undefined;
      const met = (least === undefined || value >= least) && (most === undefined || value <= most);
      figures.push({ section, what, value: rounded, unit, ...(target === undefined ? {} : { target, met }) });
      const verdict = target === undefined ? '' : ` (${target}: ${met ? 'met' : 'missed'})`;
      log(`${section}: ${what}: ${rounded} ${unit}${verdict}`);
    },
    finish: (file) => {
      console.table(
        figures.map(({ section, what, value, unit, target = '', met }) => ({
          ...{ section, what, value, unit, target },
          met: met === undefined ? '' : met ? 'yes' : 'no',
        })),
      );
      writeFileSync(file, `${JSON.stringify({ begun, ended: new Date(), figures }, null, 2)}\n`);
      log(`written to ${file}`);
    },
  };
};
