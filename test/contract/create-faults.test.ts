import { expect, it } from '@jest/globals';
import { sharedStack } from '../support/stack.js';
import type { Body } from '../support/driver.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { address, firstLine, newId, oneLineBody, orderBody, secondLine } from '../support/orders.js';
import { refused } from '../support/outcomes.js';
import { needsJson, onEachSurface } from './surfaces.js';
import { itUnless } from '../support/skip.js';

interface Case {
  readonly what: string;
  readonly body: Body;
  /** Exactly these are at fault. */
  readonly paths: readonly string[];
}

const without = (body: Body, ...fields: readonly string[]): Body =>
  Object.fromEntries(Object.entries(body).filter(([field]) => !fields.includes(field)));

const lines = (...changes: readonly Body[]): Body => ({
  items: [firstLine, secondLine].map((line, index) => ({ ...line, ...changes[index] })),
});

const atAddress = (over: Body): Body => ({ shipping_address: { ...address, ...over } });

const part = (over: Body = {}): Body => ({ payment_id: 'payment-1', status: 'completed', amount: '10.00', ...over });

const parts: readonly Case[] = [
  {
    what: 'more captured and authorized than there is to pay',
    body: orderBody({ payments: [part(), part({ payment_id: 'payment-2', status: 'authorized', amount: '20.30' })] }),
    paths: ['payments'],
  },
  {
    what: 'one payment named twice',
    body: orderBody({ payments: [part(), part({ status: 'pending' })] }),
    paths: ['payments[1].payment_id'],
  },
  {
    what: 'payments beside the one that the order names',
    body: orderBody({ payments: [part()], payment_id: 'payment-1', payment_method: 'card' }),
    paths: ['payment_id', 'payment_method'],
  },
  {
    what: 'a payment status that the payments contradict',
    body: orderBody({ payments: [part()], payment_status: 'completed' }),
    paths: ['payment_status'],
  },
  {
    what: 'a third decimal, no status, no id',
    body: orderBody({ payments: [{ amount: '10.001' }] }),
    paths: ['payments[0].amount', 'payments[0].payment_id', 'payments[0].status'],
  },
  {
    what: 'an authorization without its payment',
    body: orderBody({ payment_status: 'authorized' }),
    paths: ['payment_id'],
  },
  {
    what: 'a part paid, but not which',
    body: orderBody({ payment_status: 'partially_paid' }),
    paths: ['payment_status'],
  },
];

const sums: readonly Case[] = [
  { what: 'a quantity of zero', body: oneLineBody({ quantity: 0, total_price: '0' }), paths: ['items[0].quantity'] },
  {
    what: 'a negative quantity',
    body: orderBody(lines({ quantity: -2 })),
    paths: ['items[0].quantity', 'items[0].total_price'],
  },
  {
    what: 'a line that is not price × quantity',
    body: orderBody(lines({ quantity: 3 })),
    paths: ['items[0].total_price'],
  },
  {
    what: 'a line discounted below zero',
    body: orderBody(lines({}, { discount_amount: '5.51' })),
    paths: ['items[1].discount_amount', 'discount_amount'],
  },
  {
    what: 'a subtotal that is not the sum',
    body: orderBody({ subtotal: '25.49', total_amount: '30.28' }),
    paths: ['subtotal'],
  },
  { what: 'a total that is not the sum', body: orderBody({ total_amount: '30.28' }), paths: ['total_amount'] },
  {
    what: 'a total below zero',
    body: orderBody({ discount_amount: '33.00', total_amount: '0.00' }),
    paths: ['discount_amount'],
  },
  {
    what: "less discount than the lines'",
    body: orderBody({ discount_amount: '0.99', total_amount: '31.80' }),
    paths: ['discount_amount'],
  },
  {
    what: "less tax than the lines'",
    body: orderBody({ tax_amount: '1.89', total_amount: '29.88' }),
    paths: ['tax_amount'],
  },
  {
    what: 'floating point in place of decimals: 3 × 0.1 is not 0.30000000000000004',
    body: oneLineBody({ quantity: 3, unit_price: '0.1', total_price: '0.4' }),
    paths: ['items[0].total_price'],
  },
];

const amounts: readonly Case[] = [
  ...['-1.00', '+1.00', '1,00', '1.', '.50', '1e2', ' 1.00', '1.00 ', 'NaN', 'Infinity', '0x10', '١٢', '1_000', ''].map(
    (text) => ({
      what: `an amount ${JSON.stringify(text)}`,
      body: orderBody({ shipping_amount: text }),
      paths: ['shipping_amount'],
    }),
  ),
  {
    what: 'an amount of 16 digits',
    body: orderBody({ shipping_amount: '1000000000000000' }),
    paths: ['shipping_amount'],
  },
  { what: 'an amount of 5 decimals', body: orderBody({ shipping_amount: '4.99000' }), paths: ['shipping_amount'] },
  {
    what: 'a product that overflows',
    body: oneLineBody({ quantity: 2, unit_price: '999999999999999', total_price: '1999999999999998' }),
    paths: ['subtotal', 'total_amount', 'items[0].total_price'],
  },
  {
    what: 'a product that does not wrap around',
    body: oneLineBody({ quantity: 1_000_000_000, unit_price: '999999999999999', total_price: '999999999999999' }),
    paths: ['items[0].total_price'],
  },
  {
    what: 'a tenth of a yen',
    body: oneLineBody({ unit_price: '1.5', total_price: '1.5' }, { currency: 'JPY' }),
    paths: ['subtotal', 'total_amount', 'items[0].unit_price', 'items[0].total_price'],
  },
  { what: 'a tenth of a cent', body: orderBody({ shipping_amount: '4.990' }), paths: ['shipping_amount'] },
  {
    what: 'a ten-thousandth of a dinar',
    body: oneLineBody({ unit_price: '1.2345', total_price: '1.2345' }, { currency: 'KWD' }),
    paths: ['subtotal', 'total_amount', 'items[0].unit_price', 'items[0].total_price'],
  },
];

const words: readonly Case[] = [
  ...['usd', 'XYZ', 'US', 'USDX', '840', '', 'USD\u0000', 'ANG', 'CUC', 'BGN', 'XAU', 'XXX'].map((currency) => ({
    what: `a currency ${JSON.stringify(currency)}`,
    body: orderBody({ currency }),
    paths: ['currency'],
  })),
  ...['paid', 'failed', 'refunded', 'Completed', ''].map((payment_status) => ({
    what: `a payment status ${JSON.stringify(payment_status)}`,
    body: orderBody({ payment_status }),
    paths: ['payment_status'],
  })),
  ...['gb', 'GBR', 'XX', '', '12', 'UK', 'EU', 'ZZ', 'SU'].map((country) => ({
    what: `a country ${JSON.stringify(country)}`,
    body: orderBody(atAddress({ country })),
    paths: ['shipping_address.country'],
  })),
  ...['not an address', '@example.com', 'a@', '', 'mia@-x.org', 'a@b@c.org', 'mïa@example.org'].map((guest_email) => ({
    what: `a guest's email ${JSON.stringify(guest_email)}`,
    body: { ...without(orderBody(), 'customer_id'), guest_email },
    paths: ['guest_email'],
  })),
  ...[' ', '\t', '\u200b', '\u00a0\u2060', 'Ada\nLovelace', 'Ada\u0007', 'Ada\u2028Lovelace'].map((blank) => ({
    what: `texts of ${JSON.stringify(blank)}`,
    body: orderBody({
      ...lines({ product_name: blank, product_sku: blank }),
      ...atAddress({ recipient: blank, line1: blank, line2: blank, city: blank, region: blank, phone: blank }),
      payment_method: blank,
    }),
    paths: [
      ...['payment_method', 'items[0].product_name', 'items[0].product_sku'],
      ...['recipient', 'line1', 'line2', 'city', 'region', 'phone'].map((field) => `shipping_address.${field}`),
    ],
  })),
  ...[' \n', '\u200b', 'a\u0007b'].map((notes) => ({
    what: `notes of ${JSON.stringify(notes)}`,
    body: orderBody({ notes }),
    paths: ['notes'],
  })),
  { what: 'nobody to whom it belongs', body: without(orderBody(), 'customer_id'), paths: ['customer_id'] },
  { what: 'an empty customer id', body: orderBody({ customer_id: '' }), paths: ['customer_id'] },
  { what: 'no address', body: without(orderBody(), 'shipping_address'), paths: ['shipping_address'] },
  {
    what: 'an address without its lines',
    body: orderBody({ shipping_address: { country: 'GB' } }),
    paths: ['shipping_address.recipient', 'shipping_address.line1', 'shipping_address.city'],
  },
  {
    what: 'a faulty billing address',
    body: orderBody({ billing_address: { ...address, city: '' } }),
    paths: ['billing_address.city'],
  },
  { what: 'NUL in a name', body: orderBody(lines({ product_name: 'Tea\u0000pot' })), paths: ['items[0].product_name'] },
  { what: 'NUL in notes', body: orderBody({ notes: '\u0000' }), paths: ['notes'] },
  { what: 'NUL deep in metadata', body: orderBody({ metadata: { a: [{ b: 'x\u0000' }] } }), paths: ['metadata'] },
  { what: 'NUL in a name of metadata', body: orderBody({ metadata: { 'x\u0000': 1 } }), paths: ['metadata'] },
  { what: 'no items', body: orderBody({ items: [], subtotal: '0', total_amount: '4.79' }), paths: ['items'] },
  {
    what: 'a line without its ids',
    body: orderBody({
      items: [without(firstLine, 'product_id', 'product_sku', 'product_name', 'warehouse_id'), secondLine],
    }),
    paths: ['items[0].product_id', 'items[0].product_sku', 'items[0].product_name', 'items[0].warehouse_id'],
  },
  {
    what: 'everything at once',
    body: {
      currency: 'XYZ',
      subtotal: '1',
      tax_amount: 'x',
      shipping_amount: '1',
      discount_amount: '1',
      total_amount: '-1',
      payment_status: 'paid',
      shipping_address: { ...address, line1: '', country: 'XX' },
      items: [
        { ...firstLine, quantity: 0 },
        { ...secondLine, total_price: '5.51' },
      ],
    },
    paths: [
      'currency',
      'subtotal',
      'tax_amount',
      'total_amount',
      'payment_status',
      'customer_id',
      'shipping_address.line1',
      'shipping_address.country',
      'items[0].quantity',
      'items[0].total_price',
      'items[1].total_price',
    ],
  },
];

/** What only JSON can say. */
const shapes: readonly Case[] = [
  { what: 'a fraction of a unit', body: orderBody(lines({ quantity: 1.5 })), paths: ['items[0].quantity'] },
  { what: 'a quantity as text', body: orderBody(lines({ quantity: '2' })), paths: ['items[0].quantity'] },
  { what: 'an amount as a number', body: orderBody({ subtotal: 25.5 }), paths: ['subtotal'] },
  { what: 'null in place of text', body: orderBody({ notes: null }), paths: ['notes'] },
  { what: 'half of a surrogate pair', body: orderBody({ notes: 'x\ud83d' }), paths: ['notes'] },
  { what: 'half of a surrogate pair in metadata', body: orderBody({ metadata: { a: '\udc00' } }), paths: ['metadata'] },
  { what: 'an unknown field', body: orderBody({ coupon: 'X' }), paths: ['coupon'] },
  {
    what: 'unknown fields deep inside',
    body: orderBody({ ...lines({ colour: 'red' }), shipping_address: { ...address, planet: 'Mars' } }),
    paths: ['items[0].colour', 'shipping_address.planet'],
  },
  {
    what: 'fields that the service keeps for itself',
    body: orderBody({ id: '1', status: 'delivered', captured_amount: '0', version: 7 }),
    paths: ['id', 'status', 'captured_amount', 'version'],
  },
  { what: 'metadata that is a list', body: orderBody({ metadata: [1] }), paths: ['metadata'] },
  { what: 'metadata that is text', body: orderBody({ metadata: '{}' }), paths: ['metadata'] },
  { what: 'items that are an object', body: orderBody({ items: { 0: firstLine } }), paths: ['items'] },
  { what: 'an item that is null', body: orderBody({ items: [firstLine, null] }), paths: ['items[1]'] },
  { what: 'an address that is text', body: orderBody({ shipping_address: 'London' }), paths: ['shipping_address'] },
  {
    what: 'nothing at all',
    body: {},
    paths: [
      'customer_id',
      'subtotal',
      'tax_amount',
      'shipping_amount',
      'discount_amount',
      'total_amount',
      'shipping_address',
      'items',
    ],
  },
];

onEachSurface('CreateOrder refuses, and writes nothing for', (driver) => {
  const rest = createRestDriver(sharedStack());

  const refuse = async ({ body, paths }: Case): Promise<void> => {
    const customer_id = newId('customer');
    const known = typeof body['customer_id'] === 'string' && body['customer_id'] !== '';
    const answer = await driver.createOrder(known ? { ...body, customer_id } : body, { key: newId('key') });
    refused(driver, answer, 'validation_failed', paths);
    if (known) expect((await rest.listOrders({ customer_id })).entries).toStrictEqual([]);
  };

  it.each([...parts, ...sums, ...amounts, ...words])('$what', (one) => refuse(one));
  for (const one of shapes) itUnless(needsJson(driver))(one.what, () => refuse(one));

  for (const body of [[], 'text', 1])
    itUnless(needsJson(driver))(`a body that is ${JSON.stringify(body)}`, async () => {
      refused(driver, await driver.createOrder(body), 'validation_failed');
    });
});
