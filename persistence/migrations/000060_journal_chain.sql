-- Up Migration

-- The hash chain. Null in entries of earlier releases until they are sealed. The salt goes when the personal part is erased.
alter table order_events
  add column hash text,
  add column hash_key text,
  add column personal_salt text,
  add column personal_digest text,
  add column sealed_at timestamptz;

-- Down Migration

alter table order_events
  drop column hash,
  drop column hash_key,
  drop column personal_salt,
  drop column personal_digest,
  drop column sealed_at;
