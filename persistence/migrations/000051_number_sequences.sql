-- Up Migration

-- Makes the sequence of a day's order numbers. It runs as its owner, so that the role of the service needs no right to
-- create anything; the default privileges of the schema let that role draw numbers. The lock: `if not exists` alone fails when two replicas
-- make the same sequence at once.
create function make_number_sequence(name text) returns void
language plpgsql security definer
set search_path from current
as $$
begin
  perform pg_advisory_xact_lock(8004001);
  execute format('create sequence if not exists %I', name);
end
$$;

revoke execute on function make_number_sequence(text) from public;

-- Down Migration

drop function make_number_sequence(text);
