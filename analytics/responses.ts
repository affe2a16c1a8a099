import { z } from 'zod';
import { singlePaymentStatuses } from '../actors/rules/order.js';
import { statuses } from '../actors/rules/transitions.js';
import { granularities } from './ranges.js';

/** What order analytics answer, exactly. Names of fields are also the columns of the exports. */

const utc = z.iso.datetime();
const count = z.int().min(0);
const positive = z.int().min(1);
const money = z.string().regex(/^\d+(\.\d{1,4})?$/);
/** An order may be dearer after one of several cancellations than before it. */
const difference = z.string().regex(/^-?\d+(\.\d{1,4})?$/);
const currency = z.string().regex(/^[A-Z]{3}$/);
const rate = z.number().min(0).max(1).nullable();
const seconds = z.number().min(0).nullable();

/** Of which orders, and how fresh. */
const scope = { from: utc, to: utc, granularity: z.enum(granularities), as_of: utc };

const figures = {
  orders: count,
  shipped_orders: count,
  cancelled_orders: count,
  partly_cancelled_orders: count,
  returned_orders: count,
  cancellation_rate: rate,
  return_rate: rate,
  gross_revenue: money,
  cancelled_amount: money,
  returned_amount: money,
  net_revenue: money,
  average_order_value: money.nullable(),
  captured_amount: money,
  refunded_amount: money,
};

/** Sums over some orders of one currency. */
export const salesFigures = z.strictObject(figures);

/** Sales of one step of time. */
export const salesStep = z.strictObject({ at: utc, ...figures });

/** Sales of one currency. */
export const currencySales = z.strictObject({ currency, total: salesFigures, series: z.array(salesStep) });

/** Sales in steps of time. */
export const salesAnalytics = z.strictObject({ ...scope, currencies: z.array(currencySales) });

/** Sales by one payment method. */
export const paymentMethodSales = z.strictObject({ payment_method: z.string().nullable(), ...figures });

/** Sales by payment method. */
export const paymentMethodAnalytics = z.strictObject({
  ...scope,
  currencies: z.array(z.strictObject({ currency, payment_methods: z.array(paymentMethodSales), left_out: count })),
});

const paymentFigures = {
  payments: count,
  authorized_amount: money,
  captured_amount: money,
  refunded_amount: money,
  requested_amount: money,
  owed_amount: money,
};

/** Sums over some payments of one currency. */
export const paymentTotals = z.strictObject(paymentFigures);

/** Sums over the payments of one method in one status. */
export const paymentSums = z.strictObject({
  at: utc,
  payment_method: z.string().nullable(),
  status: z.enum([...singlePaymentStatuses, 'unnamed']),
  ...paymentFigures,
});

/** Money by payment. */
export const paymentAnalytics = z.strictObject({
  ...scope,
  currencies: z.array(z.strictObject({ currency, total: paymentTotals, payments: z.array(paymentSums) })),
});

/** One status on the way of orders. */
export const funnelStatus = z.strictObject({
  status: z.enum(statuses),
  reached: count,
  reached_rate: rate,
  present: count,
  stays: count,
  p50_seconds: seconds,
  p95_seconds: seconds,
});

/** How far orders came. */
export const funnelAnalytics = z.strictObject({
  ...scope,
  currencies: z.array(z.strictObject({ currency, statuses: z.array(funnelStatus) })),
});

/** How often something was cancelled for one reason. */
export const cancellationReason = z.strictObject({
  reason: z.string().nullable(),
  orders: positive,
  units: count,
  amount: difference,
});

/** Cancellations and their reasons. */
export const cancellationAnalytics = z.strictObject({
  ...scope,
  currencies: z.array(
    z.strictObject({
      currency,
      orders: count,
      cancelled_orders: count,
      partly_cancelled_orders: count,
      cancellation_rate: rate,
      cancelled_units: count,
      cancelled_amount: money,
      reasons: z.array(cancellationReason),
      left_out: count,
    }),
  ),
});

/** How often something came back for one reason. */
export const returnReason = z.strictObject({ reason: z.string().nullable(), orders: positive, units: count });

/** Returns and their reasons. */
export const returnAnalytics = z.strictObject({
  ...scope,
  currencies: z.array(
    z.strictObject({
      currency,
      shipped_orders: count,
      returned_orders: count,
      return_rate: rate,
      returned_units: count,
      returned_amount: money,
      reasons: z.array(returnReason),
      left_out: count,
    }),
  ),
});

const goods = {
  orders: count,
  units: count,
  cancelled_units: count,
  returned_units: count,
  gross_revenue: money,
  cancelled_amount: money,
  revenue: money,
};

/** Sums over the lines of one product. */
export const productFigures = z.strictObject({
  product_id: z.string(),
  product_sku: z.string(),
  product_name: z.string(),
  ...goods,
});

/** The first products. */
export const productAnalytics = z.strictObject({
  ...scope,
  currencies: z.array(z.strictObject({ currency, products: z.array(productFigures), left_out: count })),
});

/** Sums over the lines of one warehouse. */
export const warehouseFigures = z.strictObject({ warehouse_id: z.string(), ...goods });

/** The first warehouses. */
export const warehouseAnalytics = z.strictObject({
  ...scope,
  currencies: z.array(z.strictObject({ currency, warehouses: z.array(warehouseFigures), left_out: count })),
});
