-- Up Migration

-- A b-tree instead of the BRIN index: that one knew new entries only once autovacuum had come by, and until then each read of
-- the journal's end looked at all of them. Numbers grow, so an insert adds at the right end (docs/adr/0012).
create index if not exists order_events_by_transaction on order_events (transaction_id);
drop index order_events_tail;

-- Down Migration

create index order_events_tail on order_events using brin (transaction_id) with (autosummarize = on);
drop index order_events_by_transaction;
