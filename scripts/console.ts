import { parseArgs } from 'node:util';
import { consoleLink } from './console-link.js';
import { dataFolder, setting } from '../configs/data-folder.js';
import { describeError, Failure } from './failure.js';

/** `npm run -s console`: a fresh link that opens the console of `npm start` signed in. */
async function main(): Promise<void> {
  if (process.env['NODE_ENV'] === 'production')
    throw new Failure('Sign-in links are for development; NODE_ENV is production.');
  const offset = Number(setting(process.env, 'ORDER_PORT_OFFSET') ?? '0');
  const port = Number(setting(process.env, 'ORDER_HTTP_PORT') ?? String(8004 + offset));
  const { values } = parseArgs({ options: { url: { type: 'string', default: `http://127.0.0.1:${port}` } } });
  if (!URL.canParse(values.url)) throw new Failure('--url must be the address of a replica: http://127.0.0.1:8004.');
  const link = await consoleLink(dataFolder(process.env), new URL(values.url).origin, process.env);
  process.stdout.write(`${link}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
});
