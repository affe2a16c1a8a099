import assert from 'node:assert/strict';
import { expect } from '@jest/globals';
import { statuses, type Status } from '../../../actors/rules/transitions.js';

/** Reads a table drawn in a test: a row's name, then one word for each status. */
export const readTable = (drawn: string): ReadonlyMap<string, Readonly<Record<Status, string>>> => {
  const [head = [], ...rows] = drawn
    .trim()
    .split('\n')
    .map((row) => row.split('|').map((cell) => cell.trim()));
  // a column for each status
  expect(head.slice(1)).toStrictEqual(statuses);
  return new Map(
    rows.map(([name = '', ...cells]) => {
      assert.equal(cells.length, statuses.length, `row ${name}`);
      return [name, Object.fromEntries(statuses.map((status, i) => [status, cells[i]])) as Record<Status, string>];
    }),
  );
};
