import { amount, format, total } from '../actors/rules/money.js';
import type { OldItem, OldMove, OldOrder } from './old-orders.js';

/** Numbers between 0 and 1, the same ones for the same seed. */
export const createDice = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const products = [
  ['Espresso machine', '249.00'],
  ['Coffee beans 1 kg', '18.90'],
  ['Milk frother', '39.50'],
  ['Desk lamp', '64.00'],
  ['Office chair', '329.00'],
  ['Notebook A5', '4.95'],
  ['Wireless keyboard', '89.90'],
  ['Running shoes', '119.00'],
  ['Rain jacket', '149.99'],
  ['Water bottle', '14.50'],
] as const;
const firstNames = ['Alex', 'Linh', 'Maria', 'Noah', 'Priya', 'Sofia', 'Tom', 'Yuki', 'Zoe', 'Omar'];
const lastNames = ['Garcia', 'Nguyen', 'Okafor', 'Patel', 'Rossi', 'Sato', 'Schmidt', 'Silva', 'Smith', 'Tran'];
const cities = [
  ['Berlin', 'DE', '10115'],
  ['Hanoi', 'VN', '100000'],
  ['Lisbon', 'PT', '1100-148'],
  ['Portland', 'US', '97201'],
  ['Lyon', 'FR', '69001'],
] as const;
type Way = readonly [number, readonly string[], string];
const usual: Way = [48, ['confirmed', 'processing', 'shipped', 'delivered'], 'completed'];
/** The ways that orders go, and of a hundred orders how many. */
const ways: readonly Way[] = [
  [8, ['confirmed'], 'completed'],
  [3, ['confirmed'], 'authorized'],
  [2, ['confirmed'], 'pending'],
  [1, ['confirmed'], 'failed'],
  [9, ['confirmed', 'processing'], 'completed'],
  [12, ['confirmed', 'processing', 'shipped'], 'completed'],
  usual,
  [4, ['confirmed', 'processing', 'shipped', 'delivered', 'partially_returned'], 'completed'],
  [4, ['confirmed', 'processing', 'shipped', 'delivered', 'returned'], 'refunded'],
  [7, ['confirmed', 'cancelled'], 'refunded'],
  [2, ['confirmed', 'processing', 'cancelled'], 'refunded'],
];
const reasons = ['changed my mind', 'ordered twice', 'found it cheaper', 'delivery takes too long'];
const hourMs = 3_600_000;

/** What an invented order is made of. */
export interface Invention {
  readonly id: string;
  readonly order_number: string;
  /** When the order is to have been created; nothing of it happens after `now`. */
  readonly createdAt: number;
  readonly now: number;
  readonly dice: () => number;
}

/** An order as a shop might have it: one to four lines, somewhere on its way. */
export const inventedOrder = ({ id, order_number, createdAt, now, dice }: Invention): OldOrder => {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(dice() * list.length)] as T;
  const uuid = (): string =>
    'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () => Math.floor(dice() * 16).toString(16));
  let share = dice() * 100;
  const [, way, payment_status] = ways.find(([percent]) => (share -= percent) < 0) ?? usual;

  const items = Array.from({ length: 1 + Math.floor(dice() * 4) }, (_, index): OldItem => {
    const product = Math.floor(dice() * products.length);
    const [product_name, unit_price] = products[product] ?? products[0];
    const quantity = 1 + Math.floor(dice() * 3);
    return {
      ...{ id: String(index + 1), product_id: `00000000-0000-4000-8000-${String(product).padStart(12, '0')}` },
      ...{ product_sku: `SKU-${1000 + product}`, product_name, quantity, unit_price },
      total_price: format(amount(unit_price).times(quantity), 2),
      ...{ discount_amount: '0.00', tax_amount: '0.00', metadata: null },
      ...{ warehouse_id: `00000000-0000-4000-9000-00000000000${1 + Math.floor(dice() * 3)}`, reservation_id: uuid() },
    };
  });
  const subtotal = total(items.map(({ total_price }) => amount(total_price ?? '0')));
  const tax = subtotal.times('0.08').toDecimalPlaces(2);
  const shipping = subtotal.gte(100) ? '0.00' : '4.99';

  const moves: OldMove[] = [];
  let at = createdAt;
  let status = 'confirmed';
  for (const next of way.slice(1)) {
    at += (1 + dice() * 40) * hourMs;
    if (at > now) break;
    const ends = next === 'cancelled' || next.endsWith('returned');
    moves.push({
      ...{ from_status: status, to_status: next, reason: ends ? pick(reasons) : null, notes: null },
      ...{ changed_by: ends ? 'customer' : 'fulfillment-service', changed_by_type: ends ? 'customer' : 'service' },
      changed_at: new Date(at).toISOString(),
    });
    status = next;
  }
  const first = pick(firstNames);
  const last = pick(lastNames);
  const [city, country, postal_code] = pick(cities);
  const isGuest = dice() < 0.2;
  const email = `${first}.${last}@example.com`.toLowerCase();
  const address = {
    recipient: `${first} ${last}`,
    line1: `${1 + Math.floor(dice() * 200)} Main Street`,
    city,
    postal_code,
    country,
  };
  const updated_at = moves.at(-1)?.changed_at ?? new Date(createdAt).toISOString();
  return {
    ...{ id, order_number, status, currency: 'USD' },
    customer_id: isGuest ? null : `00000000-0000-4000-a000-${String(Math.floor(dice() * 5000)).padStart(12, '0')}`,
    guest_email: isGuest ? email : null,
    ...{
      subtotal: format(subtotal, 2),
      tax_amount: format(tax, 2),
      shipping_amount: shipping,
      discount_amount: '0.00',
    },
    total_amount: format(subtotal.plus(tax).plus(shipping), 2),
    ...{ payment_id: uuid(), payment_method: pick(['credit_card', 'paypal', 'bank_transfer']) },
    // What was not reached yet was not refunded yet.
    payment_status: payment_status === 'refunded' && status !== way.at(-1) ? 'completed' : payment_status,
    ...{
      shipping_address: JSON.stringify(address),
      billing_address: null,
      notes: dice() < 0.1 ? 'Please ring twice.' : null,
    },
    ...{ metadata: JSON.stringify({ seed: true }), created_at: new Date(createdAt).toISOString(), updated_at },
    ...{ cancelled_at: status === 'cancelled' ? updated_at : null, completed_at: null, cancellation_reason: null },
    ...{ created_by_service: 'checkout-service', items, moves, edits: [] },
  };
};
