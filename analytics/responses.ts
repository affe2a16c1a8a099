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
const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .describe('ISO 4217; decides how many decimals amounts have.');
const leftOut = count.describe('How many more there are than `limit` shows.');
const rate = z.number().min(0).max(1).nullable();
const seconds = z.number().min(0).nullable();

/** Of which orders, and how fresh. */
const scope = {
  from: utc.describe('Orders created from then on: the beginning of the first step. RFC 3339 UTC.'),
  to: utc.describe('Orders created before then: the end of the last step. RFC 3339 UTC.'),
  granularity: z.enum(granularities).describe('Steps of time, UTC; weeks begin on Monday.'),
  as_of: utc.describe('Every change that was committed until then is counted. RFC 3339 UTC.'),
};

const eachCurrency = 'Each currency apart, by name.';

/** The answer of one analysis, with these fields for each currency. */
const analysis = <S extends z.ZodRawShape>(fields: S) =>
  z.strictObject({ ...scope, currencies: z.array(z.strictObject({ currency, ...fields })).describe(eachCurrency) });

const figures = {
  orders: count.describe('Orders created.'),
  shipped_orders: count.describe('Of them, those that were shipped.'),
  cancelled_orders: count.describe('Of them, those that are cancelled as a whole.'),
  partly_cancelled_orders: count.describe('Of them, those of which units are cancelled, but not all.'),
  returned_orders: count.describe('Of them, those of which something came back.'),
  cancellation_rate: rate.describe('Cancelled orders per order, 0 to 1; null without orders.'),
  return_rate: rate.describe('Returned orders per shipped order, 0 to 1; null without shipped orders.'),
  gross_revenue: money.describe('What there was to pay at creation. Decimal string.'),
  cancelled_amount: money.describe('What has been cancelled of it since. Decimal string.'),
  returned_amount: money.describe(
    'What was paid back beyond cancelled goods and overpayments: for returns. Decimal string.',
  ),
  net_revenue: money.describe('Gross less cancelled less returned. Decimal string.'),
  average_order_value: money.nullable().describe('Gross revenue per order; null without orders. Decimal string.'),
  captured_amount: money.describe('What has been paid. Decimal string.'),
  refunded_amount: money.describe('What has been paid back. Decimal string.'),
};

/** Sums over some orders of one currency. */
export const salesFigures = z.strictObject(figures).describe('Sums over the orders of the whole range.');

/** Sales of one step of time. */
export const salesStep = z
  .strictObject({ at: utc.describe('Beginning of the step. RFC 3339 UTC.'), ...figures })
  .describe('Sums over the orders of one step of time.');

/** Sales of one currency. */
export const currencySales = z
  .strictObject({
    currency,
    total: salesFigures.describe('All steps together.'),
    series: z.array(salesStep).describe('An entry for each step, those without orders too.'),
  })
  .describe('Sales of one currency. Amounts of different currencies are never added up.');

/** Sales in steps of time. */
export const salesAnalytics = z
  .strictObject({ ...scope, currencies: z.array(currencySales).describe(eachCurrency) })
  .describe('Sales in steps of time.');

/** Sales by one payment method. */
export const paymentMethodSales = z
  .strictObject({
    payment_method: z.string().nullable().describe('As checkout names it; null for orders that name none.'),
    ...figures,
  })
  .describe('Sums over the orders with one payment method.');

/** Sales by payment method. */
export const paymentMethodAnalytics = analysis({
  payment_methods: z.array(paymentMethodSales).describe('Highest gross revenue first.'),
  left_out: leftOut,
}).describe('Sales by payment method.');

const paymentFigures = {
  payments: count.describe('How many payments.'),
  authorized_amount: money.describe('What was authorized, less what failed or was voided of it. Decimal string.'),
  captured_amount: money.describe('What was captured. Decimal string.'),
  refunded_amount: money.describe('What has been paid back. Decimal string.'),
  requested_amount: money.describe('Refunds requested and not answered. Decimal string.'),
  owed_amount: money.describe(
    'To be refunded and not requested: the payment service refused it, and staff must act. Decimal string.',
  ),
};

/** Sums over some payments of one currency. */
export const paymentTotals = z.strictObject(paymentFigures).describe('Sums over the payments of the whole range.');

/** Sums over the payments of one method in one status. */
export const paymentSums = z
  .strictObject({
    at: utc.describe('Beginning of the step in which their orders were created. RFC 3339 UTC.'),
    payment_method: z.string().nullable().describe('Of the payment, else of its order; null where neither names one.'),
    status: z
      .enum([...singlePaymentStatuses, 'unnamed'])
      .describe('Status of the payments; `unnamed`: money whose payment has no name yet, which counts no payment.'),
    ...paymentFigures,
  })
  .describe('Sums over the payments of one method in one status, whose orders were created in one step of time.');

/** Money by payment. */
export const paymentAnalytics = analysis({
  total: paymentTotals.describe('All steps together.'),
  payments: z.array(paymentSums).describe('Sums by step, method and status.'),
}).describe('Money by payment.');

/** One status on the way of orders. */
export const funnelStatus = z
  .strictObject({
    status: z.enum(statuses).describe('A status.'),
    reached: count.describe('Orders that came to it.'),
    reached_rate: rate.describe('Per order created, 0 to 1; null without orders.'),
    present: count.describe('Orders that are in it now.'),
    stays: count.describe('Orders that have left it: the percentiles are of these.'),
    p50_seconds: seconds.describe('Half of the stays were no longer, to within one per cent; null without any.'),
    p95_seconds: seconds.describe('Of a hundred stays, 95 were no longer, to within one per cent; null without any.'),
  })
  .describe('One status on the way of orders.');

/** How far orders came. */
export const funnelAnalytics = analysis({
  statuses: z.array(funnelStatus).describe('In the order of life.'),
}).describe('How far orders came.');

/** How often something was cancelled for one reason. */
export const cancellationReason = z
  .strictObject({
    reason: z.string().nullable().describe('As it was given, cut to 200 characters; null where none was.'),
    orders: positive.describe('Orders of which something was cancelled for this reason.'),
    units: count.describe('Units.'),
    amount: difference.describe('What orders are worth less for it. Decimal string.'),
  })
  .describe('How often something was cancelled for one reason.');

/** Cancellations and their reasons. */
export const cancellationAnalytics = analysis({
  orders: count.describe('Orders created.'),
  cancelled_orders: count.describe('Of them, those that are cancelled as a whole.'),
  partly_cancelled_orders: count.describe('Of them, those of which units are cancelled, but not all.'),
  cancellation_rate: rate.describe('Cancelled orders per order, 0 to 1; null without orders.'),
  cancelled_units: count.describe('Units cancelled since.'),
  cancelled_amount: money.describe('What has been cancelled of it since. Decimal string.'),
  reasons: z.array(cancellationReason).describe('Those of most orders first.'),
  left_out: leftOut,
}).describe('Cancellations and their reasons.');

/** How often something came back for one reason. */
export const returnReason = z
  .strictObject({
    reason: z.string().nullable().describe('As it was given, cut to 200 characters; null where none was.'),
    orders: positive.describe('Orders of which something came back for this reason.'),
    units: count.describe('Units.'),
  })
  .describe('How often something came back for one reason.');

/** Returns and their reasons. */
export const returnAnalytics = analysis({
  shipped_orders: count.describe('Of them, those that were shipped.'),
  returned_orders: count.describe('Of them, those of which something came back.'),
  return_rate: rate.describe('Returned orders per shipped order, 0 to 1; null without shipped orders.'),
  returned_units: count.describe('Units that came back.'),
  returned_amount: money.describe(
    'What was paid back beyond cancelled goods and overpayments: for returns. Decimal string.',
  ),
  reasons: z.array(returnReason).describe('Those of most orders first.'),
  left_out: leftOut,
}).describe('Returns and their reasons.');

const goods = {
  orders: count.describe('Orders with a line of it.'),
  units: count.describe('Units ordered.'),
  cancelled_units: count.describe('Units cancelled since.'),
  returned_units: count.describe('Units that came back.'),
  gross_revenue: money.describe('What there was to pay at creation. Decimal string.'),
  cancelled_amount: money.describe('What has been cancelled of it since. Decimal string.'),
  revenue: money.describe('Gross less cancelled. Decimal string.'),
};

/** Sums over the lines of one product. */
export const productFigures = z
  .strictObject({
    product_id: z.string().describe('Id of the product in the catalog.'),
    product_sku: z.string().describe('Stock keeping unit.'),
    product_name: z.string().describe('Name at the time of the order.'),
    ...goods,
  })
  .describe('Sums over the lines of one product.');

/** The first products. */
export const productAnalytics = analysis({
  products: z.array(productFigures).describe('By `sort`, what was not cancelled.'),
  left_out: leftOut,
}).describe('The first products.');

/** Sums over the lines of one warehouse. */
export const warehouseFigures = z
  .strictObject({
    warehouse_id: z.string().describe('Warehouse that holds the stock.'),
    ...goods,
    orders: count.describe('Orders with a line from it.'),
  })
  .describe('Sums over the lines of one warehouse.');

/** The first warehouses. */
export const warehouseAnalytics = analysis({
  warehouses: z.array(warehouseFigures).describe('Highest revenue first.'),
  left_out: leftOut,
}).describe('The first warehouses.');
