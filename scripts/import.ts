import { dataFolder } from '../configs/data-folder.js';
import { parseArgs, types } from 'node:util';
import { type ImportReport, type Remark, runImport } from '../importing/run.js';
import { describeError, Failure } from './failure.js';
import { importSettings } from './import-settings.js';
import { findJournalAccess } from './journal-access.js';

const usage = `usage: npm run import -- --from DSN [--dry-run]

  --from DSN   the database of the former service, postgres://user:password@host:5432/database; only read
  --dry-run    checks every order and reports, writes nothing

Imports into ORDER_DATABASE_DSN; without it, into the database that \`npm start\` runs. An import that was interrupted goes
on when it is started again: orders that are there are skipped.`;

const progressMs = 2_000;

const plural = (count: number): string => `${count.toLocaleString('en')} order${count === 1 ? '' : 's'}`;

const listed = (title: string, remarks: readonly Remark[]): readonly string[] =>
  remarks.length === 0
    ? []
    : [
        `${title}: ${remarks.length}`,
        ...remarks.map(({ order_number, id, why }) => `  ${order_number} (${id}): ${why}`),
      ];

const reported = (
  { read, imported, alreadyThere, unfit, toCheck, totals, differences }: ImportReport,
  dryRun: boolean,
): string => {
  const sum = (one: { readonly orders: number; readonly total: string } | undefined): string =>
    `${String(one?.orders ?? 0).padStart(9)} ${(one?.total ?? '0.00').padStart(16)}`;
  return [
    `read: ${plural(read)}`,
    `${dryRun ? 'would be imported' : 'imported'}: ${plural(imported)}`,
    `already here: ${plural(alreadyThere)}`,
    ...listed('do not fit', unfit),
    ...listed('to check', toCheck),
    ...(totals.length === 0 ? [] : [`${'status'.padEnd(20)}${'old orders'.padStart(10)}${'sum'.padStart(17)}   here`]),
    ...totals.map(({ status, old, imported: here }) => `${status.padEnd(20)} ${sum(old)} ${sum(here)}`),
    ...(dryRun ? [] : [`days and statuses that differ: ${differences.length}`]),
    ...differences.map((one) => `  ${one.day} ${one.status.padEnd(20)} ${sum(one.old)} ${sum(one.imported)}`),
  ].join('\n');
};

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { from: { type: 'string' }, 'dry-run': { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    console.log(usage);
    return;
  }
  const { from } = values;
  if (from === undefined || !/^postgres(ql)?:\/\//.test(from))
    throw new Failure(`${from === undefined ? '--from is missing' : '--from must be a postgres:// URL'}\n\n${usage}`);
  const dryRun = values['dry-run'] === true;
  const { dsn: to, chain } = findJournalAccess(process.env, dataFolder(process.env));
  const settings = importSettings({ ...process.env, ORDER_DATABASE_DSN: to });
  let shown = 0;
  const report = await runImport({
    ...settings,
    from,
    to,
    chain,
    dryRun,
    onProgress: (read, of) => {
      if (Date.now() - shown < progressMs && read < of) return;
      shown = Date.now();
      console.error(`${read.toLocaleString('en')} of ${plural(of)}`);
    },
  });
  console.log(reported(report, dryRun));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const known = types.isNativeError(error) && error.name === 'ImportError';
  console.error(known ? error.message : describeError(error));
  process.exitCode = 1;
});
