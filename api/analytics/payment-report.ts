import { amount } from '../../actors/rules/money.js';
import type { Counted, PaymentSums } from '../../insights/reads.js';
import { type paymentAnalytics, paymentSums } from '../schemas/analytics-responses.js';
import { money } from './figures.js';
import { type Asked, type CurrencyOf, currenciesOf, type Report, scopeOf, toReport } from './report.js';

type Figures = Omit<PaymentSums, 'currency' | 'at' | 'payment_method' | 'status'>;

const none: Figures = {
  payments: 0,
  ...{ authorized_amount: '0', captured_amount: '0', refunded_amount: '0', requested_amount: '0', owed_amount: '0' },
};

const add = (a: Figures, b: Figures): Figures => {
  const sum = (of: Exclude<keyof Figures, 'payments'>): string => amount(a[of]).plus(b[of]).toFixed();
  return {
    payments: a.payments + b.payments,
    authorized_amount: sum('authorized_amount'),
    captured_amount: sum('captured_amount'),
    refunded_amount: sum('refunded_amount'),
    requested_amount: sum('requested_amount'),
    owed_amount: sum('owed_amount'),
  };
};

const told = (figures: Figures, currency: string): Figures => ({
  payments: figures.payments,
  authorized_amount: money(figures.authorized_amount, currency),
  captured_amount: money(figures.captured_amount, currency),
  refunded_amount: money(figures.refunded_amount, currency),
  requested_amount: money(figures.requested_amount, currency),
  owed_amount: money(figures.owed_amount, currency),
});

type Entry = CurrencyOf<typeof paymentAnalytics>['payments'][number];

/** Money by payment: an entry for each step, method and status that has any. */
export const paymentReport = (
  { asOf, found }: Counted<readonly PaymentSums[]>,
  asked: Asked,
): Report<CurrencyOf<typeof paymentAnalytics>> => {
  const currencies = currenciesOf(found, asked).map((currency) => {
    const own = found.filter((row) => row.currency === currency);
    return {
      currency,
      total: told(own.reduce<Figures>(add, none), currency),
      payments: own.map((row) => ({
        at: new Date(row.at).toISOString(),
        payment_method: row.payment_method === '' ? null : row.payment_method,
        // Only statuses that contributions have are ever stored.
        status: row.status as Entry['status'],
        ...told(row, currency),
      })),
    };
  });
  return toReport({ ...scopeOf(asked, asOf), currencies }, paymentSums.shape, ({ payments }) => payments);
};
