import { parseArgs } from 'node:util';
import { createGuestTokens } from '../api/guest-token.js';
import { dataFolder } from '../configs/data-folder.js';
import { signDevToken } from './dev-token.js';
import { describeError, Failure } from './failure.js';
import { findOrderSecret, secretsFile } from './secrets.js';

const ROLES = ['service', 'staff', 'admin', 'customer', 'guest'] as const;
type Role = (typeof ROLES)[number];

const OPTIONS = ['role', 'sub', 'order', 'ttl'] as const;
type Option = (typeof OPTIONS)[number];

/** What the token is to say. */
interface TokenRequest {
  readonly role: Role;
  readonly sub: string | undefined;
  readonly order: string | undefined;
  readonly ttlSeconds: number | undefined;
}

const isRole = (name: string): name is Role => (ROLES as readonly string[]).includes(name);
const isOption = (name: string): name is Option => (OPTIONS as readonly string[]).includes(name);

/** Splits the arguments into options. Not strict: the messages of the strict mode have several lines. */
const readOptions = (args: string[]): ReadonlyMap<Option, string> => {
  const text = { type: 'string' } as const;
  const options = { role: text, sub: text, order: text, ttl: text };
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true });
  const values = new Map<Option, string>();
  for (const token of tokens) {
    if (token.kind === 'positional') throw new Failure(`"${token.value}" is not an option.`);
    if (token.kind === 'option-terminator') continue;
    const { name, rawName, value } = token;
    if (!isOption(name)) throw new Failure(`The option ${rawName} is unknown; there are --${OPTIONS.join(', --')}.`);
    // What begins with a dash is the next option, unless it was written with an equals sign.
    if (!value || (!token.inlineValue && value.startsWith('-'))) throw new Failure(`--${name} needs a value.`);
    values.set(name, value);
  }
  return values;
};

/** Reads the arguments. A negative `--ttl` is allowed: it makes an expired token. */
function readRequest(args: string[]): TokenRequest {
  const options = readOptions(args);
  const role = options.get('role');
  if (role === undefined) throw new Failure(`--role is required: one of ${ROLES.join(', ')}.`);
  if (!isRole(role)) throw new Failure(`The role "${role}" is unknown; it must be one of ${ROLES.join(', ')}.`);
  const [sub, order, ttl] = [options.get('sub'), options.get('order'), options.get('ttl')];
  if (ttl !== undefined && !/^-?\d{1,10}$/.test(ttl)) throw new Failure('--ttl must be a whole number of seconds.');
  if (sub !== undefined && sub.length > 255) throw new Failure('--sub must have at most 255 characters.');
  if (role === 'guest' && order === undefined) throw new Failure('A guest token needs --order, the order id.');
  if (role === 'guest' && sub !== undefined) throw new Failure('A guest token takes --order, not --sub.');
  if (role !== 'guest' && order !== undefined) throw new Failure('--order is only for --role guest.');
  return { role, sub, order, ttlSeconds: ttl === undefined ? undefined : Number(ttl) };
}

function guestToken(order: string, ttlSeconds: number | undefined, env: NodeJS.ProcessEnv): Promise<string> {
  const folder = dataFolder(env);
  const secret = findOrderSecret(folder, env);
  if (secret === undefined)
    throw new Failure(`A guest token needs ORDER_SECRET in the environment, or ${secretsFile(folder)} of npm start.`);
  return createGuestTokens(secret).sign(order, { ttlSeconds });
}

async function makeToken({ role, sub, order, ttlSeconds }: TokenRequest, env: NodeJS.ProcessEnv): Promise<string> {
  if (role !== 'guest') return signDevToken({ role, sub, ttlSeconds }, env);
  return guestToken(order ?? '', ttlSeconds, env);
}

async function main(): Promise<void> {
  process.stdout.write(`${await makeToken(readRequest(process.argv.slice(2)), process.env)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
});
