/** Words for the codes of the API. */
export const words = (code: string): string => {
  const text = code.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
};

const operations: Readonly<Record<string, string>> = {
  'event.publish': 'Publish the event',
  'payment.refund': 'Refund the customer',
  'payment.void': 'Void the authorisation',
  'warehouse.release': 'Release the stock',
  'fulfillment.start': 'Start fulfilment',
  'fulfillment.stop': 'Stop fulfilment',
  'fulfillment.change': 'Tell fulfilment what changed',
  'fulfillment.hold': 'Pause fulfilment',
  'fulfillment.release': 'Resume fulfilment',
  'notification.send': 'Notify the customer',
};

/** What an operation of another service is for. */
export const operationText = (operation: string): string => operations[operation] ?? operation;

const numbers = new Map<string, Intl.NumberFormat>();

/** An amount in its currency. The text goes to the formatter as it is: it is never a float. */
export const money = (amount: string, currency: string): string => {
  let format = numbers.get(currency);
  if (format === undefined) {
    format = new Intl.NumberFormat(undefined, { style: 'currency', currency, currencyDisplay: 'code' });
    numbers.set(currency, format);
  }
  return format.format(amount as `${number}`);
};

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** How long ago, or how soon. */
export const ago = (at: string, now: number): string => {
  const seconds = (Date.parse(at) - now) / 1000;
  for (const [unit, size] of units)
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  return relative.format(Math.trunc(seconds), 'second');
};

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** A moment in the reader's time zone. */
export const localTime = (at: string): string => local.format(new Date(at));

const toTheSecond = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** The same to the second. */
export const exactTime = (at: string): string => toTheSecond.format(new Date(at));

/** A moment in UTC. */
export const utcTime = (at: string): string =>
  `${new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/(\.\d+)?Z$/, '')} UTC`;

/** A value of an order, to be read. */
export const valueText = (value: unknown): string => {
  if (value === null || value === undefined) return '—';
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? localTime(value) : value;
};
