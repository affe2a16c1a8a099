-- Up Migration

-- Each payment of an order, as the document shows it. A constant default, so that the table is not rewritten; documents of
-- release 2.0 are brought to today's shape by the service (persistence/document-upgrade.ts).
alter table orders add column payments jsonb not null default '[]';

-- How far that is: one row, gone through in the order of ids, so that it goes on where it was interrupted.
create table order_document_upgrade (
  only_one boolean primary key default true check (only_one),
  -- The shape that documents are brought to.
  shape    integer not null,
  walked   uuid,
  complete boolean not null
);

-- Down Migration

drop table order_document_upgrade;
alter table orders drop column payments;
