import assert from 'node:assert/strict';
import { expect, it } from '@jest/globals';
import { needsJson, onEachSurface } from './surfaces.js';
import { address, newEmail, newId, oneLineBody, orderBody, unpaid } from '../support/orders.js';
import { done, refused, taken } from '../support/outcomes.js';
import { service } from '../support/tokens.js';
import { itUnless } from '../support/skip.js';

const hour = 3_600_000;

onEachSurface('CreateOrder', (driver) => {
  const creator = (driver.fixedCaller ?? service).id;

  it('takes an order with the least there must be, and fills in the defaults', async () => {
    const customer_id = newId('customer');
    const { country: _, ...shipping_address } = address;
    const before = Date.now();
    const answer = await driver.createOrder(oneLineBody({}, { customer_id, shipping_address }));
    const { id, order_number, created_at, updated_at, ...rest } = done(answer);

    if (driver.protocol === 'http') expect(answer.status).toBe(201);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(order_number).toMatch(/^ORD-\d{8}-\d{6,}$/);
    expect(order_number.slice(4, 12)).toBe(created_at.slice(0, 10).replaceAll('-', ''));
    expect(created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    expect(Date.parse(created_at)).toBeGreaterThanOrEqual(before - 1000);
    expect(Date.parse(created_at)).toBeLessThanOrEqual(Date.now() + 1000);
    expect(updated_at).toBe(created_at);
    expect(answer.guestToken).toBeUndefined();
    const [item, ...others] = rest.items;
    expect(others).toStrictEqual([]);
    const { id: itemId, ...line } = item!;
    expect(itemId).toMatch(/^\d+$/);
    expect(line).toStrictEqual({
      product_id: 'product-2',
      product_sku: 'SKU-2',
      product_name: 'Cup',
      quantity: 1,
      cancelled_quantity: 0,
      returned_quantity: 0,
      unit_price: '5.50',
      total_price: '5.50',
      discount_amount: '0.00',
      tax_amount: '0.00',
      warehouse_id: 'warehouse-2',
      metadata: {},
    });
    expect(rest).toStrictEqual({
      customer_id,
      status: 'confirmed',
      currency: 'USD',
      subtotal: '5.50',
      tax_amount: '0.00',
      shipping_amount: '0.00',
      discount_amount: '0.00',
      total_amount: '5.50',
      captured_amount: '5.50',
      refunded_amount: '0.00',
      payment_status: 'completed',
      payments: [],
      shipping_address: { ...shipping_address, country: 'US' },
      metadata: {},
      items: rest.items,
      returns: [],
      shipments: [],
      deadlines: [],
      created_by_service: creator,
      version: 1,
    });
  });

  it('keeps every field it is given, and reads it back the same', async () => {
    const everything = {
      ...address,
      line2: 'Second floor',
      region: 'Westminster',
      postal_code: 'SW1Y 4JU',
      phone: '+44 20 7946 0000',
      email: newEmail(),
    };
    const given = {
      payment_id: newId('payment'),
      payment_method: 'card',
      payment_status: 'authorized',
      shipping_address: everything,
      billing_address: { ...everything, recipient: 'Charles Babbage', country: 'FR' },
      notes: 'Ring twice.',
      metadata: { campaign: 'spring', nested: { list: [1, 'two', null, { three: true }], empty: {} }, price: 1.5 },
      created_by_service: 'another-service',
    };
    const line = { ...oneLineBody({}), reservation_id: 'reservation-1', metadata: { gift: true } };
    const body = oneLineBody({ reservation_id: line.reservation_id, metadata: line.metadata }, given);
    const order = done(await driver.createOrder(body));
    for (const [field, value] of Object.entries(given))
      assert.deepEqual(order[field as keyof typeof given], value, field);
    assert.ok(order.items[0]);
    expect(order.items[0].reservation_id).toBe('reservation-1');
    expect(order.items[0].metadata).toStrictEqual({ gift: true });
    expect(order.captured_amount).toBe('0.00');
    expect(taken(await driver.getOrder(order.id))).toStrictEqual(order);
  });

  it('takes texts without the white space around them, and ids and metadata as they are', async () => {
    const metadata = { ' a ': ' \n' };
    const given = { recipient: ' Ada\u00a0', line1: '\t1 Main St\n', city: 'London ', country: 'GB', phone: ' 1 ' };
    const line = { product_id: ' p ', product_sku: ' S 1 ', product_name: ' Cup\n', warehouse_id: ' w ', metadata };
    const over = {
      shipping_address: given,
      notes: ' two\n\tlines\n',
      payment_id: ' pay ',
      payment_method: ' card ',
    };
    const order = done(await driver.createOrder(oneLineBody(line, { ...over, metadata })));
    const expected = { recipient: 'Ada', line1: '1 Main St', city: 'London', country: 'GB', phone: '1' };
    expect(order.shipping_address).toStrictEqual(expected);
    const { product_id, product_sku, product_name, warehouse_id } = order.items[0]!;
    expect([product_id, product_sku, product_name, warehouse_id]).toStrictEqual([' p ', 'S 1', 'Cup', ' w ']);
    expect([order.notes, order.payment_id, order.payment_method]).toStrictEqual(['two\n\tlines', ' pay ', 'card']);
    expect([order.metadata, order.items[0]!.metadata]).toStrictEqual([metadata, metadata]);
  });

  for (const guest_email of ['mia@xn--e1afmkfd.xn--p1ai', 'a&b@example.org', 'mia@почта.рф', 'mia@localhost'])
    it(`takes the email address ${guest_email}`, async () => {
      const { customer_id: _, ...body } = { ...orderBody(unpaid), guest_email } as Record<string, unknown>;
      const shipping_address = { ...address, email: guest_email };
      const order = done(await driver.createOrder({ ...body, shipping_address }));
      expect([order.guest_email, order.shipping_address.email]).toStrictEqual([guest_email, guest_email]);
    });

  for (const currency of ['XCG', 'XAD', 'SLE', 'MRU'])
    it(`takes amounts in ${currency}`, async () => {
      const order = done(await driver.createOrder(oneLineBody({}, { currency })));
      expect([order.currency, order.total_amount]).toStrictEqual([currency, '5.50']);
    });

  for (const country of ['XK', 'SS', 'CW', 'AX'])
    it(`takes an address in ${country}`, async () => {
      const order = done(await driver.createOrder(orderBody({ ...unpaid, shipping_address: { ...address, country } })));
      expect(order.shipping_address.country).toBe(country);
    });

  it('numbers orders upwards, each number once', async () => {
    const orders = [];
    for (let n = 0; n < 3; n += 1) orders.push(done(await driver.createOrder(orderBody())));
    const numbers = orders.map(({ order_number }) => Number(order_number.replaceAll(/\D/g, '')));
    expect(numbers).toStrictEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  it('gives a guest, and only a guest, a token', async () => {
    const guest_email = newEmail();
    const { customer_id, ...body } = orderBody(unpaid);
    const guest = await driver.createOrder({ ...body, guest_email });
    expect(done(guest).guest_email).toBe(guest_email);
    expect(done(guest).customer_id).toBeUndefined();
    expect(guest.guestToken).toBeTruthy();
    const both = await driver.createOrder({ ...body, customer_id, guest_email });
    expect(done(both).customer_id).toBe(customer_id);
    expect(both.guestToken).toBeUndefined();
  });

  const payments = [
    { payment_status: 'completed', payment_method: undefined, captured: '30.29', deadlineHours: undefined },
    {
      payment_status: 'authorized',
      payment_method: 'card',
      payment_id: newId('payment'),
      captured: '0.00',
      deadlineHours: undefined,
    },
    { payment_status: 'pending', payment_method: 'card', captured: '0.00', deadlineHours: 24 },
    { payment_status: 'pending', payment_method: 'cod', captured: '0.00', deadlineHours: undefined },
  ];
  for (const { captured, deadlineHours, ...given } of payments)
    it(`knows what is captured and due: ${given.payment_status}, ${given.payment_method ?? 'card'}`, async () => {
      const order = done(await driver.createOrder(orderBody(given)));
      expect(order.payment_status).toBe(given.payment_status);
      expect(order.captured_amount).toBe(captured);
      const due = new Date(Date.parse(order.created_at) + (deadlineHours ?? 0) * hour).toISOString();
      expect(order.deadlines).toStrictEqual(deadlineHours === undefined ? [] : [{ what: 'payment', at: due }]);
    });

  it('takes a purchase that is paid in parts', async () => {
    const payments = [
      { payment_id: newId('payment'), method: 'gift card', status: 'completed', amount: '10.29' },
      { payment_id: newId('payment'), method: 'card', status: 'authorized', amount: '20' },
    ] as const;
    const order = done(await driver.createOrder(orderBody({ payments })));
    const [gift, card] = payments;
    const nothing = {
      authorized_amount: '0.00',
      captured_amount: '0.00',
      refunded_amount: '0.00',
      requested_amount: '0.00',
    };
    const { amount: _gift, ...first } = gift;
    const { amount: _card, ...second } = card;
    expect(order.payments).toStrictEqual([
      { ...first, ...nothing, captured_amount: '10.29' },
      { ...second, ...nothing, authorized_amount: '20.00' },
    ]);
    expect([order.payment_status, order.captured_amount, order.payment_id, order.deadlines]).toStrictEqual([
      'partially_paid',
      '10.29',
      card.payment_id,
      [],
    ]);
    expect(taken(await driver.getOrder(order.id))).toStrictEqual(order);
  });

  const amounts = [
    { currency: 'JPY', quantity: 3, unit_price: '1500', total_price: '4500', answered: '4500' },
    { currency: 'USD', quantity: 3, unit_price: '1.5', total_price: '4.5', answered: '4.50' },
    { currency: 'KWD', quantity: 3, unit_price: '1.234', total_price: '3.702', answered: '3.702' },
    { currency: 'CLF', quantity: 2, unit_price: '0.0001', total_price: '0.0002', answered: '0.0002' },
    {
      currency: 'VND',
      quantity: 1,
      unit_price: '999999999999999',
      total_price: '999999999999999',
      answered: '999999999999999',
    },
    {
      currency: 'USD',
      quantity: 1,
      unit_price: '999999999999999.99',
      total_price: '999999999999999.99',
      answered: '999999999999999.99',
    },
    { currency: 'USD', quantity: 1, unit_price: '0', total_price: '0', answered: '0.00' },
    { currency: 'EUR', quantity: 1, unit_price: '007.50', total_price: '7.5', answered: '7.50' },
  ];
  for (const { currency, answered, ...line } of amounts)
    it(`answers ${line.total_price} ${currency} with that currency's decimals, exactly`, async () => {
      const order = done(await driver.createOrder(oneLineBody(line, { currency })));
      expect([
        order.currency,
        order.subtotal,
        order.total_amount,
        order.captured_amount,
        order.items[0]?.total_price,
      ]).toStrictEqual([currency, answered, answered, answered, answered]);
      expect(taken(await driver.getOrder(order.id))).toStrictEqual(order);
    });

  const texts = [
    `Robert'); drop table orders; --`,
    '"quotes", \\backslashes\\, $1, %s, ${x}, {{y}}',
    'zero\u200bwidth and reversed\u202e',
    '日本語 العربية 🧑‍🚀 e\u0301',
    '<script>alert(1)</script>&amp;',
  ];
  for (const text of texts)
    it(`takes ${JSON.stringify(text)} for what it is: text`, async () => {
      const shipping_address = { ...address, recipient: text, city: text };
      const customer_id = newId(text);
      const over = { notes: text, metadata: { [text]: text }, customer_id, shipping_address };
      const order = done(await driver.createOrder(oneLineBody({ product_name: text, product_sku: text }, over)));
      expect([
        order.notes,
        order.metadata,
        order.customer_id,
        order.shipping_address,
        order.items[0]?.product_name,
      ]).toStrictEqual([text, { [text]: text }, customer_id, shipping_address, text]);
      expect(taken(await driver.getOrder(order.id))).toStrictEqual(order);
      const { entries } = await driver.listOrders({ customer_id });
      expect(entries).toStrictEqual([order]);
    });

  itUnless(needsJson(driver))('tells clients of the former service that amounts are strings', async () => {
    const answer = await driver.createOrder(orderBody({ total_amount: 30.29 }));
    refused(driver, answer, 'validation_failed', ['total_amount']);
    expect(answer.errors[0]?.message).toBe('must be a decimal string like "12.50", not a number');
  });

  itUnless(needsJson(driver))('keeps names that JavaScript is touchy about', async () => {
    const metadata = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "toString": 3, "": 4}') as object;
    const order = done(await driver.createOrder(orderBody({ metadata })));
    expect(JSON.stringify(order.metadata)).toBe(JSON.stringify(metadata));
  });
});
