-- Up Migration

-- Orders that were shipped although they are not paid for. There are few: the index costs other orders nothing.
create index orders_shipped_unpaid_idx on orders (id)
where status in ('shipped', 'delivered', 'partially_returned')
  and payment_status in ('pending', 'failed', 'partially_paid')
  and payment_method is distinct from 'cod';

-- Down Migration

drop index orders_shipped_unpaid_idx;
