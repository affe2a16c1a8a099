import { useEffect, useState } from 'preact/hooks';
import { download, query } from '../api/client.js';
import type { Problem } from '../api/types.js';
import { useLoad } from '../ui/load.js';
import { Card, Empty, Table, Time, Trouble, Waiting } from '../ui/parts.js';
import { money, words } from '../ui/text.js';
import { Chart } from './chart.js';

interface Totals {
  readonly orders: number;
  readonly cancellation_rate: number | null;
  readonly return_rate: number | null;
  readonly net_revenue: string;
  readonly average_order_value: string | null;
}
interface Scope<T> {
  readonly as_of: string;
  readonly currencies: readonly (T & { readonly currency: string })[];
}
type Sales = Scope<{ readonly total: Totals; readonly series: readonly (Totals & { readonly at: string })[] }>;
type Funnel = Scope<{
  readonly statuses: readonly { status: string; reached: number; reached_rate: number | null; present: number }[];
}>;
type Products = Scope<{
  readonly products: readonly { product_sku: string; product_name: string; units: number; revenue: string }[];
}>;
type Reasons = Scope<{ readonly reasons: readonly { reason: string | null; orders: number; units: number }[] }>;

const percent = (rate: number | null): string =>
  rate === null ? '—' : rate.toLocaleString(undefined, { style: 'percent', maximumFractionDigits: 1 });

const Csv = ({ report, range }: { report: string; range: string }) => {
  const [problem, setProblem] = useState<Problem>();
  return (
    <>
      <button
        type="button"
        class="quiet"
        onClick={() =>
          void download(`/analytics/${report}${range}&format=csv`, `${report}.csv`).then((fault) => setProblem(fault))
        }
      >
        CSV<span class="unseen"> of {report}</span>
      </button>
      {problem === undefined ? null : (
        <span role="alert">{problem.code === 'forbidden' ? 'Files of figures are for admins.' : problem.detail}</span>
      )}
    </>
  );
};

const SalesCards = ({ sales, range }: { sales: Sales; range: string }) => (
  <>
    {sales.currencies.map(({ currency, total, series }) => {
      const times = series.map(({ at }) => Date.parse(at) / 1000);
      return (
        <Card key={currency} title={`Sales in ${currency}`} aside={<Csv report="orders" range={range} />}>
          <dl class="figures">
            <div>
              <dt>Orders</dt>
              <dd>{total.orders}</dd>
            </div>
            <div>
              <dt>Net revenue</dt>
              <dd>{money(total.net_revenue, currency)}</dd>
            </div>
            <div>
              <dt>Average order</dt>
              <dd>{total.average_order_value === null ? '—' : money(total.average_order_value, currency)}</dd>
            </div>
            <div>
              <dt>Cancelled</dt>
              <dd>{percent(total.cancellation_rate)}</dd>
            </div>
            <div>
              <dt>Returned</dt>
              <dd>{percent(total.return_rate)}</dd>
            </div>
          </dl>
          <div class="columns">
            <Chart
              label={`Orders in ${currency}`}
              unit="orders"
              times={times}
              values={series.map(({ orders }) => orders)}
            />
            <Chart
              label={`Net revenue in ${currency}`}
              unit={currency}
              times={times}
              values={series.map(({ net_revenue }) => Number(net_revenue))}
            />
          </div>
          <details>
            <summary>As a table</summary>
            <Table label={`Sales in ${currency} by day`} head={['Day (UTC)', '#Orders', '#Net revenue']}>
              {series.map(({ at, orders, net_revenue }) => (
                <tr key={at}>
                  <th scope="row">{at.slice(0, 10)}</th>
                  <td class="number">{orders}</td>
                  <td class="number">{money(net_revenue, currency)}</td>
                </tr>
              ))}
            </Table>
          </details>
        </Card>
      );
    })}
  </>
);

const Bar = ({ share, of }: { share: number | null; of: string }) => (
  <meter min={0} max={1} value={share ?? 0} aria-label={`${of}: ${percent(share)}`} />
);

/** The part of the largest. */
const shareOf = (value: number, all: readonly number[]): number => value / Math.max(1e-9, ...all);

const Rest = ({ days, range }: { days: string; range: string }) => {
  const funnel = useLoad<Funnel>(`/analytics/funnel${range}`);
  const products = useLoad<Products>(`/analytics/products${range}`);
  const cancellations = useLoad<Reasons>(`/analytics/cancellations${range}`);
  const returns = useLoad<Reasons>(`/analytics/returns${range}`);
  const problem = [funnel, products, cancellations, returns].find((loaded) => loaded.problem)?.problem;
  return (
    <div class="columns" data-days={days}>
      {problem === undefined ? null : <Trouble problem={problem} />}
      {funnel.value?.currencies.map(({ currency, statuses }) => (
        <Card key={currency} title={`Funnel, ${currency}`} aside={<Csv report="funnel" range={range} />}>
          <Table label={`Funnel, ${currency}`} head={['Status', '#Reached', 'Share', '#Now']}>
            {statuses.map(({ status, reached, reached_rate, present }) => (
              <tr key={status}>
                <th scope="row">{words(status)}</th>
                <td class="number">{reached}</td>
                <td>
                  <Bar share={reached_rate} of={words(status)} /> {percent(reached_rate)}
                </td>
                <td class="number">{present}</td>
              </tr>
            ))}
          </Table>
        </Card>
      ))}
      {products.value?.currencies.map(({ currency, products: rows }) => (
        <Card key={currency} title={`Top products, ${currency}`} aside={<Csv report="products" range={range} />}>
          <Table label={`Top products, ${currency}`} head={['Product', '#Units', '#Revenue', 'Of the best']}>
            {rows.map(({ product_sku, product_name, units, revenue }) => (
              <tr key={product_sku}>
                <th scope="row">
                  <bdi>{product_name}</bdi> <span class="dim small">{product_sku}</span>
                </th>
                <td class="number">{units}</td>
                <td class="number">{money(revenue, currency)}</td>
                <td>
                  <Bar
                    share={shareOf(
                      Number(revenue),
                      rows.map((row) => Number(row.revenue)),
                    )}
                    of={product_name}
                  />
                </td>
              </tr>
            ))}
          </Table>
        </Card>
      ))}
      {(
        [
          ['Cancellations', 'cancellations', cancellations.value],
          ['Returns', 'returns', returns.value],
        ] as const
      ).flatMap(
        ([title, report, value]) =>
          value?.currencies.map(({ currency, reasons }) => (
            <Card key={title + currency} title={`${title}, ${currency}`} aside={<Csv report={report} range={range} />}>
              {reasons.length === 0 ? <Empty>None in this time.</Empty> : null}
              <ul class="rows">
                {reasons.map(({ reason, orders, units }) => (
                  <li key={reason}>
                    <bdi>{reason ?? 'no reason given'}</bdi>
                    <span class="dim">
                      {orders} {orders === 1 ? 'order' : 'orders'}, {units} {units === 1 ? 'unit' : 'units'}{' '}
                      <Bar
                        share={shareOf(
                          units,
                          reasons.map((row) => row.units),
                        )}
                        of={reason ?? 'no reason given'}
                      />
                    </span>
                  </li>
                ))}
              </ul>
            </Card>
          )) ?? [],
      )}
    </div>
  );
};

/** How the shop does. */
export const Figures = () => {
  const [days, setDays] = useState('30');
  const [range, setRange] = useState('');
  useEffect(() => {
    setRange(query({ from: new Date(Date.now() - Number(days) * 86_400_000).toISOString(), granularity: 'day' }));
  }, [days]);
  const { value, problem, reload } = useLoad<Sales>(range === '' ? undefined : `/analytics/orders${range}`);
  return (
    <>
      <div class="page-head">
        <h1>Figures</h1>
        <div class="choices" role="group" aria-label="Time">
          {['7', '30', '90'].map((name) => (
            <button key={name} type="button" aria-pressed={name === days} onClick={() => setDays(name)}>
              {name} days
            </button>
          ))}
        </div>
        {value === undefined ? null : (
          <span class="dim small">
            As of <Time at={value.as_of} age />
          </span>
        )}
      </div>
      {problem === undefined ? null : <Trouble problem={problem} retry={() => void reload()} />}
      {value === undefined && problem === undefined ? <Waiting what="figures" /> : null}
      {value?.currencies.length === 0 ? <Empty>No orders in this time.</Empty> : null}
      {value === undefined ? null : <SalesCards sales={value} range={range} />}
      {value === undefined ? null : <Rest days={days} range={range} />}
    </>
  );
};
