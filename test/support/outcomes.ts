import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '../../actors/rules/order.js';
import type { Answer, Driver } from './driver.js';
import { type ErrorCode, errorTable } from './error-table.js';

const told = ({ status, code, errors }: Answer): string => `answered ${status} ${code ?? ''} ${JSON.stringify(errors)}`;

/** The order of an answer that must be a good one. */
export const taken = (answer: Answer): Order => {
  assert.ok(answer.ok, told(answer));
  assert.ok(answer.order, 'an answer without its order');
  assert.equal(answer.etag, `"${answer.order.version}"`, 'the ETag is the version');
  return answer.order;
};

/** The order of an answer to a changing call that did something. */
export const done = (answer: Answer): Order => {
  const order = taken(answer);
  assert.equal(answer.replayed, false, 'it was no repeat');
  return order;
};

/** The order of an answer to a repeat. */
export const repeated = (answer: Answer): Order => {
  const order = taken(answer);
  assert.equal(answer.replayed, true, 'it was a repeat');
  return order;
};

const sorted = (paths: Iterable<string>): readonly string[] => [...new Set(paths)].sort();

/**
 * An answer that must be this code of the error table, with its status on this surface.
 *
 * @param paths exactly the paths of the faults, where it is about input; metadata and header names compare without case
 */
export const refused = (
  { protocol }: Pick<Driver, 'protocol'>,
  answer: Answer,
  code: ErrorCode,
  paths?: readonly string[],
): void => {
  assert.equal(answer.ok, false, `expected ${code}, ${told(answer)}`);
  assert.equal(answer.code, code, told(answer));
  assert.equal(answer.status, errorTable[code][protocol], told(answer));
  assert.equal(answer.order, undefined, 'a refusal shows no order');
  if (paths === undefined) return;
  assert.deepEqual(sorted(answer.errors.map(({ path }) => path)), sorted(paths), told(answer));
  const distinct = new Set(answer.errors.map(({ path, message }) => JSON.stringify([path, message])));
  assert.equal(distinct.size, answer.errors.length, `each fault once, ${told(answer)}`);
  for (const { path, message } of answer.errors) assert.ok(message !== '', `${path} without a message`);
};

/** Looks again and again until something holds; for what happens by itself, a moment later. */
export const eventually = async <T>(look: () => Promise<T>, holds: (value: T) => boolean, ms = 10_000): Promise<T> => {
  const end = Date.now() + ms;
  for (;;) {
    const value = await look();
    if (holds(value) || Date.now() > end) return value;
    await sleep(50);
  }
};
