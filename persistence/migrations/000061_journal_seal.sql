-- Up Migration

-- Entries of earlier releases, which get their hashes at the upgrade: none of this release's own is in here.
create index order_events_unsealed on order_events (order_id) where hash is null;

-- Whether that is done: one row, signed by the service, so that nobody else can have entries sealed again.
create table order_journal_seal (
  only_one boolean primary key default true check (only_one),
  begun_at timestamptz not null,
  complete boolean not null,
  mac      text not null,
  mac_key  text not null
);

-- Down Migration

drop table order_journal_seal;
drop index order_events_unsealed;
