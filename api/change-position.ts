import type { ChangePosition } from '../actors/journal-tail.js';
import { sees } from '../actors/journal-snapshot.js';

const radix = 36;
const number = '[0-9a-z]{1,13}';
const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const pattern = new RegExp(
  `^1\\.(${number})\\.(${number})\\.((?:${number}(?:,${number})*)?)(?:\\.(${number})\\.(${uuid})\\.([1-9]\\d{0,8}))?$`,
);

const write = (value: bigint): string => value.toString(radix);
const readNumber = (text: string): bigint =>
  Array.from(text).reduce((sum, digit) => sum * BigInt(radix) + BigInt(Number.parseInt(digit, radix)), 0n);

/** The id of a message of `GET /watch`: opaque to clients. Running transactions are told by how far they are back. */
export const writeChangePosition = ({ cluster, cursor, last }: ChangePosition): string => {
  const running = cursor.running.map((transaction) => write(cursor.xmax - transaction)).join(',');
  const parts = [
    ...['1', write(BigInt(cluster)), write(cursor.xmax), running],
    ...(last === undefined ? [] : [write(last.transaction), last.order_id, String(last.version)]),
  ];
  return Buffer.from(parts.join('.')).toString('base64url');
};

/** Reads such an id; undefined when it is not one. */
export const readChangePosition = (id: string): ChangePosition | undefined => {
  const match = pattern.exec(Buffer.from(id, 'base64url').toString('latin1'));
  if (match === null) return undefined;
  const [, cluster = '', end = '', running = '', transaction, orderId = '', version] = match;
  const xmax = readNumber(end);
  const position: ChangePosition = {
    cluster: String(readNumber(cluster)),
    cursor: { xmax, running: running === '' ? [] : running.split(',').map((back) => xmax - readNumber(back)) },
    last:
      transaction === undefined
        ? undefined
        : { transaction: readNumber(transaction), order_id: orderId, version: Number(version) },
  };
  const isSound =
    position.cursor.running.every((number, at, all) => number < xmax && number > (all[at - 1] ?? -1n)) &&
    (position.last === undefined || sees(position.cursor, position.last.transaction));
  return isSound && writeChangePosition(position) === id ? position : undefined;
};
