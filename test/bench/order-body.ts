/** The order that every create sends: three lines, six units, one customer of a thousand. */
export const orderBody = (n: number): string =>
  JSON.stringify({
    customer_id: `customer-${n % 1_000}`,
    subtotal: '60.00',
    tax_amount: '0.00',
    shipping_amount: '5.00',
    discount_amount: '0.00',
    total_amount: '65.00',
    payment_id: `payment-${n}`,
    payment_method: 'card',
    shipping_address: {
      recipient: 'Ada Bench',
      line1: '1 Main Street',
      city: 'Springfield',
      postal_code: '12345',
      country: 'US',
    },
    items: [1, 2, 3].map((line) => ({
      product_id: `product-${line}`,
      product_sku: `SKU-${line}`,
      product_name: `Product ${line}`,
      quantity: line,
      unit_price: '10.00',
      total_price: `${line * 10}.00`,
      warehouse_id: 'main',
    })),
  });

/** An order of one customer with so many lines. */
export const manyLines = (customer_id: string, lines: number): string => {
  const items = Array.from({ length: lines }, (_, n) => ({
    product_id: `product-${n}`,
    product_sku: `SKU-${n}-of-a-large-order`,
    product_name: `Product ${n}, with a name of some length`,
    quantity: 2,
    unit_price: '10.00',
    total_price: '20.00',
    warehouse_id: 'main',
  }));
  const sum = `${lines * 20}.00`;
  const { shipping_address } = JSON.parse(orderBody(0)) as { readonly shipping_address: object };
  return JSON.stringify({
    ...{ customer_id, subtotal: sum, tax_amount: '0.00', shipping_amount: '0.00', discount_amount: '0.00' },
    ...{ total_amount: sum, payment_method: 'cod', payment_status: 'pending', shipping_address, items },
  });
};
