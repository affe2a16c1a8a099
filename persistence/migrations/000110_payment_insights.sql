-- Up Migration

-- Money by payment: the rollups are counted anew (insights/contribution.ts). `status` is that of the payment, or unnamed for
-- money whose payment has no name yet; such money counts no payment.
create table order_insights_payments_month (
  at                timestamptz not null,
  currency          text        not null,
  payment_method    text        not null,
  status            text        not null,
  payments          bigint      not null,
  authorized_amount numeric     not null,
  captured_amount   numeric     not null,
  refunded_amount   numeric     not null,
  requested_amount  numeric     not null,
  owed_amount       numeric     not null,
  primary key (at, currency, payment_method, status)
);
create table order_insights_payments_day (like order_insights_payments_month including all);

-- Down Migration

drop table order_insights_payments_day;
drop table order_insights_payments_month;
