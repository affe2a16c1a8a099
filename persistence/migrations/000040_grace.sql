-- Up Migration

-- Effects of a cancellation that can be undone wait until then; a restore withdraws them.
alter table order_effects add column not_before timestamptz;
alter table order_effects drop constraint order_effects_state_check;
alter table order_effects add constraint order_effects_state_check
  check (state in ('pending', 'done', 'rejected', 'dead', 'resolved', 'withdrawn')) not valid;
alter table order_effects validate constraint order_effects_state_check;

-- Down Migration

update order_effects set state = 'resolved' where state = 'withdrawn';
alter table order_effects drop constraint order_effects_state_check;
alter table order_effects add constraint order_effects_state_check
  check (state in ('pending', 'done', 'rejected', 'dead', 'resolved'));
alter table order_effects drop column not_before;
