import type { Status } from '../actors/rules/transitions.js';
import type { BinCount } from './durations.js';
import type { Granularity, Range } from './ranges.js';

/** Which orders are asked about: those created in a range of whole steps, in one currency or, without one, in any. */
export interface Selection {
  readonly range: Range;
  readonly currency?: string | undefined;
}

/** What was found, and the moment up to which every commit is counted in it; RFC 3339 UTC. */
export interface Counted<T> {
  readonly asOf: string;
  readonly found: T;
}

/** Sums over orders of one currency. Amounts are decimal strings. */
export interface Sales {
  readonly currency: string;
  readonly orders: number;
  readonly shipped_orders: number;
  readonly cancelled_orders: number;
  readonly partly_cancelled_orders: number;
  readonly returned_orders: number;
  readonly units: number;
  readonly cancelled_units: number;
  readonly returned_units: number;
  readonly gross_amount: string;
  readonly cancelled_amount: string;
  readonly returned_amount: string;
  readonly captured_amount: string;
  readonly refunded_amount: string;
}

/** Sales of one step of time. */
export interface SalesStep extends Sales {
  /** Its beginning; milliseconds since 1970. */
  readonly at: number;
}

/** One of a list that is cut; `ranked`: how many the whole list of its currency has. */
interface Ranked {
  readonly ranked: number;
}

/** Sales by one payment method; empty where orders name none. */
export interface MethodSales extends Sales, Ranked {
  readonly payment_method: string;
}

/** Sums over the payments of one method in one status, whose orders were created in one step of time. */
export interface PaymentSums {
  readonly currency: string;
  /** The step's beginning; milliseconds since 1970. */
  readonly at: number;
  /** Empty where neither payment nor order names one. */
  readonly payment_method: string;
  /** A payment's status, or `unnamed`. */
  readonly status: string;
  readonly payments: number;
  readonly authorized_amount: string;
  readonly captured_amount: string;
  readonly refunded_amount: string;
  readonly requested_amount: string;
  readonly owed_amount: string;
}

/** Sums over the lines of one product or one warehouse. */
export interface Goods extends Ranked {
  readonly currency: string;
  /** Id of the product or the warehouse. */
  readonly name: string;
  readonly orders: number;
  readonly units: number;
  readonly cancelled_units: number;
  readonly returned_units: number;
  readonly gross_amount: string;
  readonly cancelled_amount: string;
  /** Of products, as they were called when they were ordered last. */
  readonly product_sku: string | null;
  readonly product_name: string | null;
}

/** How often a reason was given; empty where none was. */
export interface ReasonCount extends Ranked {
  readonly currency: string;
  readonly reason: string;
  readonly orders: number;
  readonly units: number;
  readonly amount: string;
}

/** Orders that came to a status, and those that are in it. */
export interface StatusCount {
  readonly currency: string;
  readonly status: Status;
  readonly reached: number;
  readonly present: number;
}

/** Stays in a status that ended, by the bin of their duration. */
export interface StayCount extends BinCount {
  readonly currency: string;
  readonly status: Status;
}

/** By what goods are ranked. */
export const goodsOrders = ['revenue', 'units'] as const;
export type GoodsOrder = (typeof goodsOrders)[number];

/** Asking the rollups. Undefined: they are being recounted, and nothing true can be said yet. */
export interface Insights {
  /** Sales in steps of time, in no order; steps without orders are left out. */
  sales(selection: Selection, granularity: Granularity): Promise<Counted<readonly SalesStep[]> | undefined>;
  /** The payment methods with the highest gross amounts, for each currency. */
  paymentMethods(selection: Selection, limit: number): Promise<Counted<readonly MethodSales[]> | undefined>;
  /** Payments in steps of time, by method and status; what has no payment is left out. */
  payments(selection: Selection, granularity: Granularity): Promise<Counted<readonly PaymentSums[]> | undefined>;
  /** The first goods of each currency. */
  goods(
    dimension: 'product' | 'warehouse',
    selection: Selection,
    by: GoodsOrder,
    limit: number,
  ): Promise<Counted<readonly Goods[]> | undefined>;
  /** All sales of each currency, and the reasons given most often. */
  reasons(
    kind: 'cancellation' | 'return',
    selection: Selection,
    limit: number,
  ): Promise<Counted<{ readonly sales: readonly Sales[]; readonly reasons: readonly ReasonCount[] }> | undefined>;
  /** Statuses, and how long orders stayed in them. */
  funnel(
    selection: Selection,
  ): Promise<Counted<{ readonly statuses: readonly StatusCount[]; readonly stays: readonly StayCount[] }> | undefined>;
}
