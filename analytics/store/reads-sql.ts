import { definition } from '../contribution.js';
import { type Grain, grains, type RollupName, rollups } from '../rollups.js';
import { tableOf } from './sql.js';

/** Grains of what is kept by the month and the day alone. */
export const byDay = ['month', 'day'] as const;

/** How many ranges of one grain a range falls into at most: one at either edge. */
export const rangesOfGrain = 2;

// Parameters of all statements: $1 currency or null; then, for each grain, two ranges, each a beginning and an end. They are
// not prepared: how much of a table a range is decides how it is best read.

const counted = (parts: Readonly<Record<string, string>>): string => `
select p.as_of, ${Object.entries(parts)
  .map(([name, sql]) => `(select coalesce(json_agg(r), '[]') from (${sql}) r) as ${name}`)
  .join(', ')}
from order_insights_progress p
where p.definition = ${definition} and p.as_of is not null`;

/** The first parameter after the ranges. */
const next = (among: readonly Grain[]): number => 2 + among.length * rangesOfGrain * 2;

/** The rows of a rollup that make up the range. */
const rowsOf = (rollup: RollupName, among: readonly Grain[], where = 'true'): string => {
  const parts = among.flatMap((grain, place) =>
    Array.from({ length: rangesOfGrain }, (_, index) => {
      const begin = 2 + (place * rangesOfGrain + index) * 2;
      return `
      select * from ${tableOf(rollup, grain)} r
      where ${where} and r.at >= $${begin}::timestamptz and r.at < $${begin + 1}::timestamptz
        and ($1::text is null or r.currency = $1)`;
    }),
  );
  return `(${parts.join(' union all ')}) r`;
};

const sums = ({ counts, amounts }: { readonly counts: readonly string[]; readonly amounts: readonly string[] }) =>
  [
    ...counts.map((column) => `sum(r.${column})::bigint as ${column}`),
    ...amounts.map((column) => `sum(r.${column})::text as ${column}`),
  ].join(', ');

/** Sales by step of time. After the ranges: the step. */
export const salesSteps = counted({
  sales: `
  select r.currency, (extract(epoch from date_trunc($${next(grains)}, r.at, 'UTC')) * 1000)::bigint as at, ${sums(rollups.sales)}
  from ${rowsOf('sales', grains)}
  group by 1, 2`,
});

/** The first of each currency. After the ranges: how many. */
const first = (among: readonly Grain[], select: string, order: string): string => `
  select *
  from (
    select g.*, row_number() over (partition by currency order by ${order}) as place,
      count(*) over (partition by currency) as ranked
    from (${select}) g
  ) g
  where place <= $${next(among)}
  order by currency, place`;

/** Payment methods by gross amount. */
export const paymentMethods = counted({
  methods: first(
    grains,
    `select r.currency, r.payment_method, ${sums(rollups.sales)} from ${rowsOf('sales', grains)} group by 1, 2`,
    'gross_amount::numeric desc, payment_method',
  ),
});

/** Payments by step of time, method and status. After the ranges: the step. */
export const paymentSteps = counted({
  payments: `
  select r.currency, (extract(epoch from date_trunc($${next(byDay)}, r.at, 'UTC')) * 1000)::bigint as at, r.payment_method,
    r.status, ${sums(rollups.payments)}
  from ${rowsOf('payments', byDay)}
  group by 1, 2, 3, 4
  having ${[...rollups.payments.counts, ...rollups.payments.amounts].map((column) => `sum(r.${column}) <> 0`).join(' or ')}
  order by 1, 2, 3, 4`,
});

const reasonsOf = (kind: 'cancellation' | 'return'): string =>
  counted({
    sales: `select r.currency, ${sums(rollups.sales)} from ${rowsOf('sales', byDay)} group by 1`,
    reasons: first(
      byDay,
      `select r.currency, r.reason, ${sums(rollups.reasons)}
       from ${rowsOf('reasons', byDay, `r.kind = '${kind}'`)}
       group by 1, 2 having sum(r.orders) > 0`,
      'orders desc, units desc, reason',
    ),
  });

/** Reasons by orders, and the sales they are part of. */
export const reasons = { cancellation: reasonsOf('cancellation'), return: reasonsOf('return') } as const;

/** All rows of some goods: by their keys, where a range would read those of all others too. */
const rowsOfGoods = (dimension: string): string =>
  byDay
    .map(
      (grain, index) => `
      select * from ${tableOf('goods', grain)} r
      where r.dimension = '${dimension}' and r.at = any($${next(byDay) + 1 + index}::timestamptz[])
        and r.currency = t.currency and r.name = t.name`,
    )
    .join(' union all ');

/** Ranked by one sum; the others are looked up for the first alone. */
const goodsOf = (dimension: 'product' | 'warehouse', rank: string): string =>
  counted({
    goods: `
  select t.currency, t.name, t.ranked, d.*, n.product_sku, n.product_name
  from (${first(
    byDay,
    `select r.currency, r.name, sum(${rank}) as rank from ${rowsOf('goods', byDay, `r.dimension = '${dimension}'`)} group by 1, 2`,
    'rank desc, name',
  )}) t
  cross join lateral (select ${sums(rollups.goods)} from (${rowsOfGoods(dimension)}) r) d
  left join order_insights_product_names n on n.product_id = t.name and '${dimension}' = 'product'
  order by t.currency, t.place`,
  });

const revenue = 'r.gross_amount - r.cancelled_amount';
const units = 'r.units - r.cancelled_units';

/** Goods by what was not cancelled of them: money, or units. After the ranges and how many: all months, all days. */
export const goods = {
  product: { revenue: goodsOf('product', revenue), units: goodsOf('product', units) },
  warehouse: { revenue: goodsOf('warehouse', revenue), units: goodsOf('warehouse', units) },
} as const;

/** Statuses and stays in them. */
export const funnel = counted({
  statuses: `select r.currency, r.status, ${sums(rollups.statuses)} from ${rowsOf('statuses', byDay)} group by 1, 2`,
  stays: `select r.currency, r.status, r.bin, sum(r.stays)::bigint as count from ${rowsOf('stays', byDay)} group by 1, 2, 3`,
});
