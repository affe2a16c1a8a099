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
