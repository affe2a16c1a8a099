-- Up Migration

-- The price list that orders are checked against (ORDER_VERIFY_PRICES), as the pricing service tells it.
create table product_prices (
  product_id  text           not null,
  product_sku text           not null,
  currency    text           not null,
  price       numeric(19, 4) not null,
  updated_at  timestamptz    not null,
  primary key (product_id, product_sku, currency)
);

-- Down Migration

drop table product_prices;
