import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { migrate } from '../persistence/migrate.js';
import { describeError, Failure } from './failure.js';
import { projectRoot } from './paths.js';
import { startThrowawayPostgres } from './throwaway-postgres.js';

const file = join(projectRoot, 'persistence', 'schema.sql');
const heading =
  '-- The schema as all migrations leave it. Made by `npm run schema`; `npm run schema -- --check` compares it.\n';

// Each query answers finished pieces of text, in an order that does not depend on when things were made.
const tables = `
  select format(E'create table %s (\\n%s\\n)%s;', c.relname, string_agg(line, E',\\n' order by kind, place, line),
    ' with (' || array_to_string(c.reloptions, ', ') || ')') as text
  from pg_class c
  cross join lateral (
    select 1 as kind, a.attnum as place,
      format('  %s %s', a.attname, format_type(a.atttypid, a.atttypmod))
        || case when a.attcollation <> t.typcollation then format(' collate %I', l.collname) else '' end
        || case when a.attnotnull then ' not null' else '' end
        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as line
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    left join pg_collation l on l.oid = a.attcollation
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    union all
    select 2, 0, format('  constraint %s %s', n.conname, pg_get_constraintdef(n.oid))
    from pg_constraint n
    where n.conrelid = c.oid and n.contype <> 'n'
  ) lines
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'schema_migrations'
  group by c.relname, c.reloptions
  order by c.relname`;

const indexes = `
  select pg_get_indexdef(i.indexrelid) || ';' as text
  from pg_index i
  join pg_class c on c.oid = i.indexrelid
  join pg_class t on t.oid = i.indrelid
  where c.relnamespace = 'public'::regnamespace and t.relname <> 'schema_migrations'
    and not exists (select from pg_constraint n where n.conindid = i.indexrelid)
  order by c.relname`;

const views = `
  select format(E'create view %s%s as\\n%s', case n.nspname when 'public' then '' else n.nspname || '.' end, c.relname,
    pg_get_viewdef(c.oid)) as text
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('public', 'reports') and c.relkind = 'v'
  order by n.nspname, c.relname`;

const functions = `
  select pg_get_functiondef(p.oid) || ';' as text
  from pg_proc p
  where p.pronamespace = 'public'::regnamespace
  order by p.proname, p.oid::regprocedure::text`;

/** Keywords in lower case, as we write them; names and literals in quotes stay as they are. */
const lowerCase = (text: string): string =>
  text.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Z]+/g, (part) => (/^['"]/.test(part) ? part : part.toLowerCase()));

async function dump(dsn: string): Promise<string> {
  const client = new Client({ connectionString: dsn });
  await client.connect();
  try {
    const pieces: string[] = [];
    for (const query of [tables, indexes, views, functions]) {
      const { rows } = await client.query<{ text: string }>(query);
      pieces.push(...rows.map(({ text }) => lowerCase(text.replaceAll('public.', ''))));
    }
    return `${heading}\n${pieces.join('\n\n')}\n`;
  } finally {
    await client.end();
  }
}

async function main(check: boolean): Promise<void> {
  const postgres = await startThrowawayPostgres();
  try {
    await migrate({ dsn: postgres.dsn, root: projectRoot, direction: 'up', log: () => undefined });
    const schema = await dump(postgres.dsn);
    if (!check) writeFileSync(file, schema);
    else if (readFileSync(file, 'utf8') !== schema)
      throw new Failure(
        'persistence/schema.sql is not what the migrations make. Run `npm run schema` and look at the difference.',
      );
  } finally {
    await postgres.stop();
  }
}

main(process.argv.includes('--check')).catch((error: unknown) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
