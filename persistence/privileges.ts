import type { Client } from 'pg';

/** What is written once and never again: the service may add to it and read it, no more. */
const appendOnly = ['order_events', 'order_receipts', 'order_creations'] as const;

/** What is never deleted. */
const kept = ['orders', 'order_items'] as const;

/**
 * Columns of the journal that may change, where they exist: personal data that is erased, a mark of the analytics beside the
 * entry, and the seal of an entry that an earlier release wrote without one. What happened, when and by whom may not.
 */
const changeable = [
  ...['personal', 'transaction_id'],
  ...['personal_salt', 'personal_digest', 'sealed_at', 'hash', 'hash_key'],
] as const;

/** Indexes that are made anew from the orders and the journal. */
const isRebuilt = (table: string): boolean => table.startsWith('order_insights_') || table === 'order_search';

/** Of the migrations alone. */
const ofMigrations = 'schema_migrations';

const columnsOfJournal = `
select attname as name
from pg_attribute
where attrelid = 'order_events'::regclass and attnum > 0 and not attisdropped`;

const tablesOfSchema = `
select c.relname as name
from pg_class c
where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'v')`;

const statementsFor = (
  schema: string,
  role: string,
  tables: readonly string[],
  columns: readonly string[],
): readonly string[] => {
  const present = (names: readonly string[]): string => names.filter((name) => tables.includes(name)).join(', ');
  return [
    `grant usage on schema ${schema} to ${role}`,
    `grant select, insert, update, delete on all tables in schema ${schema} to ${role}`,
    `grant usage, select on all sequences in schema ${schema} to ${role}`,
    `grant execute on function make_number_sequence(text) to ${role}`,
    `revoke update, delete on ${present(appendOnly)} from ${role}`,
    `revoke delete on ${present(kept)} from ${role}`,
    // It may see which migrations there are: without ORDER_MIGRATION_DSN it starts where none is missing.
    `revoke insert, update, delete on ${ofMigrations} from ${role}`,
    `grant update (${changeable.filter((name) => columns.includes(name)).join(', ')}) on order_events to ${role}`,
    `grant truncate on ${tables.filter(isRebuilt).join(', ')} to ${role}`,
  ];
};

/**
 * Gives the role of the service what it needs of the tables that the migrating role owns, after every migration: it can
 * neither change nor delete an entry of the journal, but for personal data, and it cannot change the schema.
 *
 * @param client connected as the migrating role
 * @param role of the service; where it is the migrating role itself, nothing is changed
 */
export const grantToService = async (client: Client, role: string): Promise<void> => {
  const { rows } = await client.query<{ self: string; schema: string }>(
    'select current_user as self, current_schema() as schema',
  );
  const [{ self, schema } = { self: role, schema: 'public' }] = rows;
  if (self === role) return;
  const namesOf = async (query: string): Promise<readonly string[]> =>
    (await client.query<{ name: string }>(query)).rows.map(({ name }) => name);
  const [tables, columns] = [await namesOf(tablesOfSchema), await namesOf(columnsOfJournal)];
  const statements = statementsFor(client.escapeIdentifier(schema), client.escapeIdentifier(role), tables, columns);
  // One transaction, so that a service that runs meanwhile never lacks a right.
  await client.query(['begin', ...statements, 'commit'].join(';\n'));
};
