-- Up Migration

-- CloudEvents time of the event, where it had one: among the events of a payment the later decides, also after a replay.
alter table dead_letters add column event_time timestamptz;

-- Down Migration

alter table dead_letters drop column event_time;
