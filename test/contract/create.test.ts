import assert from 'node:assert/strict';
import { it } from 'node:test';
import { needsJson, onEachSurface } from './surfaces.js';
import { address, newEmail, newId, oneLineBody, orderBody, unpaid } from './orders.js';
import { done, taken } from './outcomes.js';
import { service } from './tokens.js';

const hour = 3_600_000;

onEachSurface('CreateOrder', (driver) => {
  const creator = (driver.fixedCaller ?? service).id;

  it('takes an order with the least there must be, and fills in the defaults', async () => {
    const customer_id = newId('customer');
    const { country: _, ...shipping_address } = address;
    const before = Date.now();
    const answer = await driver.createOrder(oneLineBody({}, { customer_id, shipping_address }));
    const { id, order_number, created_at, updated_at, ...rest } = done(answer);

    if (driver.protocol === 'http') assert.equal(answer.status, 201);
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.match(order_number, /^ORD-\d{8}-\d{6,}$/);
    assert.equal(order_number.slice(4, 12), created_at.slice(0, 10).replaceAll('-', ''));
    assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    assert.ok(Date.parse(created_at) >= before - 1000 && Date.parse(created_at) <= Date.now() + 1000);
    assert.equal(updated_at, created_at);
    assert.equal(answer.guestToken, undefined);
    const [item, ...others] = rest.items;
    assert.deepEqual(others, []);
    const { id: itemId, ...line } = item!;
    assert.match(itemId, /^\d+$/);
    assert.deepEqual(line, {
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
    assert.deepEqual(rest, {
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
      shipping_address: { ...shipping_address, country: 'US' },
      metadata: {},
      items: rest.items,
      returns: [],
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
    assert.equal(order.items[0]?.reservation_id, 'reservation-1');
    assert.deepEqual(order.items[0].metadata, { gift: true });
    assert.equal(order.captured_amount, '0.00');
    assert.deepEqual(taken(await driver.getOrder(order.id)), order);
  });

  it('numbers orders upwards, each number once', async () => {
    const orders = [];
    for (let n = 0; n < 3; n += 1) orders.push(done(await driver.createOrder(orderBody())));
    const numbers = orders.map(({ order_number }) => Number(order_number.replaceAll(/\D/g, '')));
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
    );
  });

  it('gives a guest, and only a guest, a token', async () => {
    const guest_email = newEmail();
    const { customer_id, ...body } = orderBody(unpaid);
    const guest = await driver.createOrder({ ...body, guest_email });
    assert.equal(done(guest).guest_email, guest_email);
    assert.equal(done(guest).customer_id, undefined);
    assert.ok(guest.guestToken);
    const both = await driver.createOrder({ ...body, customer_id, guest_email });
    assert.equal(done(both).customer_id, customer_id);
    assert.equal(both.guestToken, undefined);
  });

  const payments = [
    { payment_status: 'completed', captured: '30.29', deadlineHours: undefined },
    { payment_status: 'authorized', captured: '0.00', deadlineHours: undefined },
    { payment_status: 'pending', captured: '0.00', deadlineHours: 24 },
    { payment_status: 'pending', payment_method: 'cod', captured: '0.00', deadlineHours: undefined },
  ];
  for (const { captured, deadlineHours, ...given } of payments)
    it(`knows what is captured and due: ${Object.values(given).join(', ')}`, async () => {
      const order = done(await driver.createOrder(orderBody(given)));
      assert.equal(order.payment_status, given.payment_status);
      assert.equal(order.captured_amount, captured);
      const due = new Date(Date.parse(order.created_at) + (deadlineHours ?? 0) * hour).toISOString();
      assert.deepEqual(order.deadlines, deadlineHours === undefined ? [] : [{ what: 'payment', at: due }]);
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
      assert.deepEqual(
        [order.currency, order.subtotal, order.total_amount, order.captured_amount, order.items[0]?.total_price],
        [currency, answered, answered, answered, answered],
      );
      assert.deepEqual(taken(await driver.getOrder(order.id)), order);
    });

  const texts = [
    `Robert'); drop table orders; --`,
    '"quotes", \\backslashes\\, $1, %s, ${x}, {{y}}',
    'line\nbreak\ttab\u007f\u200b\u202e',
    '日本語 العربية 🧑‍🚀 e\u0301',
    '<script>alert(1)</script>&amp;',
  ];
  for (const text of texts)
    it(`takes ${JSON.stringify(text)} for what it is: text`, async () => {
      const shipping_address = { ...address, recipient: text, city: text };
      const customer_id = newId(text);
      const over = { notes: text, metadata: { [text]: text }, customer_id, shipping_address };
      const order = done(await driver.createOrder(oneLineBody({ product_name: text, product_sku: text }, over)));
      assert.deepEqual(
        [order.notes, order.metadata, order.customer_id, order.shipping_address, order.items[0]?.product_name],
        [text, { [text]: text }, customer_id, shipping_address, text],
      );
      assert.deepEqual(taken(await driver.getOrder(order.id)), order);
      const { entries } = await driver.listOrders({ customer_id });
      assert.deepEqual(entries, [order]);
    });

  it('keeps names that JavaScript is touchy about', needsJson(driver), async () => {
    const metadata = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "toString": 3, "": 4}') as object;
    const order = done(await driver.createOrder(orderBody({ metadata })));
    assert.equal(JSON.stringify(order.metadata), JSON.stringify(metadata));
  });
});
