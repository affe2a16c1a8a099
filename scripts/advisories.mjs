// `npm run -s advisories`: asks the registry for advisories about the packages that the service needs at run time. Ends with 0
// where there is none, with 1 where there is one, and with 3 where the registry does not tell, as many mirrors do not: then
// nothing was checked, and nothing may be concluded.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { npmCommand } from './npm-command.mjs';

const root = path.resolve(import.meta.dirname, '..');
const notChecked = 3;

const jsonIn = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
};

const [program, ...args] = npmCommand('audit', '--json', '--omit=dev', '--package-lock-only');
const { stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
const report = jsonIn(stdout);
const { vulnerabilities } = report;
if (vulnerabilities === undefined) {
  const reason = report.message ?? report.error?.summary ?? stderr.trim();
  console.log(`Not checked: the registry serves no advisories (${reason || 'no answer'}).`);
  console.log('Run it where the registry does, for example with npm_config_registry=https://registry.npmjs.org.');
  process.exitCode = notChecked;
} else {
  const found = Object.values(vulnerabilities);
  for (const { name, severity, range, via } of found) {
    const titles = via.flatMap((one) => (typeof one === 'string' ? [] : [`${one.title} (${one.url})`]));
    console.log(`${severity}: ${name} ${range}${titles.length === 0 ? '' : `: ${titles.join('; ')}`}`);
  }
  console.log(found.length === 0 ? 'No advisories.' : `${found.length} packages have advisories.`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
