import type { Client } from 'pg';
import { turnLocks } from './journal-reader.js';

/** What is written once and never again: the service may add to it and read it, no more. */
const appendOnly = ['order_events', 'order_receipts', 'order_creations'] as const;

/** What is never deleted. */
const kept = ['orders', 'order_items'] as const;

/** Columns of the journal that may change: personal data that is erased, and a mark of the analytics beside the entry. */
const erasable = ['personal', 'personal_salt', 'transaction_id'] as const;

/** Indexes that are rebuilt from the orders and the journal. */
const isRebuilt = (table: string): boolean => table.startsWith('order_insights_') || table === 'order_search';

/** Written by the owner of the tables alone: which migrations were applied, and whether older journals were sealed. */
const ofOwner = ['schema_migrations', 'order_journal_seal'] as const;

const tablesOfSchema = `
select c.relname as name
from pg_class c
where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'v')`;

const statementsFor = (schema: string, role: string, tables: readonly string[]): readonly string[] => {
  const present = (names: readonly string[]): string => names.filter((name) => tables.includes(name)).join(', ');
  return [
    `grant usage on schema ${schema} to ${role}`,
    `grant select, insert, update, delete on all tables in schema ${schema} to ${role}`,
    `grant usage, select on all sequences in schema ${schema} to ${role}`,
    // Every day has a sequence of its own for order numbers.
    `alter default privileges in schema ${schema} grant usage, select on sequences to ${role}`,
    `grant execute on function make_number_sequence(text) to ${role}`,
    `revoke update, delete on ${present(appendOnly)} from ${role}`,
    `revoke delete on ${present(kept)} from ${role}`,
    // It may see which migrations there are: without ORDER_MIGRATION_DSN it starts where none is missing.
    `revoke insert, update, delete on ${present(ofOwner)} from ${role}`,
    `grant update (${erasable.join(', ')}) on order_events to ${role}`,
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
  const tables = (await client.query<{ name: string }>(tablesOfSchema)).rows.map(({ name }) => name);
  const statements = statementsFor(client.escapeIdentifier(schema), client.escapeIdentifier(role), tables);
  // A grant takes no lock on its table: beside a `truncate` of another replica it fails with "tuple concurrently updated".
  const turns = Object.values(turnLocks).map((lock) => `select pg_advisory_xact_lock(${lock})`);
  // One transaction, so that a service that runs meanwhile never lacks a right.
  await client.query(['begin', ...turns, ...statements, 'commit'].join(';\n'));
};
