-- Up Migration

-- Emails that customers have verified, in lower case: guest orders with such an email are the customer's.
create table verified_emails (
  email       text primary key,
  customer_id text not null,
  -- When the customer service said so, by its event: the latest customer of an email has it.
  verified_at timestamptz not null,
  kept_at     timestamptz not null default now(),
  -- Guest orders that were under way when the email was kept have been looked for again.
  settled     boolean not null default false
);

create index verified_emails_unsettled on verified_emails (kept_at) where not settled;

-- Down Migration

drop table verified_emails;
