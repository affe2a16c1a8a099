-- Up Migration

-- What ListOrders finds by words: an index of its own, kept behind the journal (persistence/search.ts).
create table order_search (
  order_id   uuid primary key,
  created_at timestamptz not null,
  words      tsvector not null
);

create index order_search_by_time on order_search (created_at desc, order_id desc);
-- Without a pending list, which every search would have to go through.
create index order_search_words on order_search using gin (words) with (fastupdate = off);

-- How far that is: the journal entries that the cursor sees are indexed, of the orders walked so far, or of all.
create table order_search_progress (
  only_one   boolean primary key default true check (only_one),
  definition integer not null,
  system_id  bigint not null,
  cursor     pg_snapshot not null,
  walked     uuid,
  complete   boolean not null,
  begun_at   timestamptz not null,
  -- Everything committed before is found; null until the first walk is complete.
  as_of      timestamptz
);

-- Down Migration

drop table order_search_progress;
drop table order_search;
