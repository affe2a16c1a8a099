-- Up Migration

-- What staff did about an effect: an array of {action, reason, by, at}, oldest first.
alter table order_effects add column actions jsonb not null default '[]';

create index order_effects_resolved on order_effects (queued_at desc, key) where state = 'resolved';

-- Down Migration

drop index order_effects_resolved;
alter table order_effects drop column actions;
