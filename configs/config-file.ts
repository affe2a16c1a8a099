import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/*
 * The configuration file, as this service writes it and as the Go service 1.2 did. Values may name variables of the
 * environment as `${NAME}` or `${NAME:default}`. Keys of the Go service stand for today's variables and values; its keys
 * that mean nothing here are reported, not refused.
 */

/** What a configuration file says, in today's terms. */
export interface FileContent {
  /** Values by section, without those left to their defaults. */
  readonly sections: Readonly<Record<string, unknown>>;
  /** Variables that the file sets; the environment itself goes before them. */
  readonly variables: Readonly<Record<string, string>>;
  /** Under which key the file sets a variable or value that has another name today: `database.dsn` for `ORDER_DATABASE_DSN`. */
  readonly keyOf: ReadonlyMap<string, string>;
  /** Keys that have no meaning here. */
  readonly ignored: readonly string[];
}

type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-?([^}]*))?\}/g;

/** The text with its variables; undefined where one of them is not set and has no default, or where all are empty. */
const expanded = (text: string, environment: NodeJS.ProcessEnv): string | undefined => {
  const valueOf = (name: string): string | undefined => (environment[name] === '' ? undefined : environment[name]);
  const references = [...text.matchAll(reference)];
  if (references.length === 0) return text;
  if (references.some(([, name = '', fallback]) => fallback === undefined && valueOf(name) === undefined))
    return undefined;
  const result = text.replace(reference, (_, name: string, fallback?: string) => valueOf(name) ?? fallback ?? '');
  return result === '' ? undefined : result;
};

/** The value with its variables, without the parts that are left to their defaults. */
const resolved = (value: unknown, environment: NodeJS.ProcessEnv): unknown => {
  if (typeof value === 'string') return expanded(value, environment);
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map((one) => resolved(one, environment)).filter((one) => one !== undefined);
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, resolved(inner, environment)] as const)
      .filter(([, inner]) => inner !== undefined),
  );
};

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of a duration as Go writes it (`5m`, `1h30m`, `1.5s`); anything else stays what it is, for the schema to refuse. */
const durationIn =
  (unit: 1 | 1000) =>
  (value: unknown): unknown => {
    if (typeof value !== 'string' || !/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(value)) return value;
    const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
    const ms = parts.reduce((sum, [, number, name]) => sum + Number(number) * (unitMs[name ?? ''] ?? 0), 0);
    return Math.ceil(ms / unit);
  };

/** Keys of the Go service that stand for a variable. */
const variableOf: Readonly<Record<string, string>> = {
  'database.dsn': 'ORDER_DATABASE_DSN',
  'redis.addr': 'ORDER_REDIS_ADDR',
  'redis.password': 'ORDER_REDIS_PASSWORD',
  'order.number_sequence_key': 'ORDER_NUMBER_SEQUENCE_KEY',
  'order.return_window_days': 'ORDER_RETURN_WINDOW_DAYS',
  'order.auto_cancel_draft_hours': 'ORDER_AUTO_CANCEL_DRAFT_HOURS',
  'features.promotions': 'ORDER_ENABLE_PROMOTIONS',
  'features.multi_warehouse': 'ORDER_ENABLE_MULTIPLE_WAREHOUSES',
  'features.guest_checkout': 'ORDER_ENABLE_GUEST_CHECKOUT',
};

/** Keys of the Go service whose value has another name, and perhaps another unit, today. */
const valueOf: Readonly<Record<string, readonly [string, (value: unknown) => unknown]>> = {
  'database.max_open_conns': ['connections', (value) => value],
  'database.conn_max_lifetime': ['lifetime_seconds', durationIn(1000)],
  'redis.db': ['database', (value) => value],
  'redis.dial_timeout': ['dial_timeout_ms', durationIn(1)],
};

const externalService = /^external_services\.([a-z]+?)(?:_service)?$/;

/** The names that may stand in a file. */
export interface KnownNames {
  /** Sections, each with its values. */
  readonly sections: Readonly<Record<string, readonly string[]>>;
  readonly variables: ReadonlySet<string>;
}

/** Sections that the Go service had: an unknown key there is its own, in others a mistake that the schema reports. */
const oldSections = ['app', 'database', 'redis', 'order', 'external_services', 'features'];

const leavesOf = (value: unknown, key: string): readonly string[] => {
  const inner = isTree(value) ? Object.entries(value) : [];
  return inner.length === 0 ? [key] : inner.flatMap(([name, one]) => leavesOf(one, `${key}.${name}`));
};

/** Reads a file's content in today's terms. */
export const inPresentTerms = (content: Tree, known: KnownNames, environment: NodeJS.ProcessEnv): FileContent => {
  const sections: Record<string, unknown> = {};
  const variables: Record<string, string> = {};
  const keyOf = new Map<string, string>();
  const ignored: string[] = [];
  const renamed: (() => void)[] = [];

  const takeOld = (section: string, name: string, given: unknown, into: Record<string, unknown>): void => {
    const key = `${section}.${name}`;
    const service = externalService.exec(key)?.[1];
    const variable = service === undefined ? variableOf[key] : `ORDER_${service.toUpperCase()}_SERVICE_ADDR`;
    const value = resolved(given, environment);
    if (variable !== undefined && known.variables.has(variable) && !isTree(value)) {
      if (value === undefined) return;
      variables[variable] = typeof value === 'string' ? value : JSON.stringify(value);
      keyOf.set(variable, key);
      return;
    }
    const today = valueOf[key];
    if (today === undefined) {
      ignored.push(...leavesOf(given, key));
      return;
    }
    if (value === undefined) return;
    renamed.push(() => {
      const [present, convert] = today;
      if (into[present] !== undefined) return;
      into[present] = convert(value);
      keyOf.set(`${section}.${present}`, key);
    });
  };

  for (const [section, values] of Object.entries(content)) {
    const names = known.sections[section];
    if (names === undefined && !oldSections.includes(section)) ignored.push(...leavesOf(values, section));
    else if (!oldSections.includes(section) || (values !== null && !isTree(values)))
      sections[section] = resolved(values, environment);
    else {
      const into: Record<string, unknown> = {};
      for (const [name, value] of Object.entries(values ?? {}))
        if (names?.includes(name) !== true) takeOld(section, name, value, into);
        else {
          const present = resolved(value, environment);
          if (present !== undefined) into[name] = present;
        }
      if (names !== undefined) sections[section] = into;
    }
  }
  for (const take of renamed) take();
  return { sections, variables, keyOf, ignored };
};

/** The path of the configuration file; an empty variable counts as not set. */
export const configFile = ({ ORDER_CONFIG_FILE: given = '' }: NodeJS.ProcessEnv, root: string): string =>
  given === '' ? path.join(root, 'configs', 'config.yaml') : given;

/**
 * What stands in a configuration file.
 *
 * @throws Error when it cannot be read or is not YAML with sections
 */
export const contentOf = (file: string): Tree => {
  const content: unknown = parse(readFileSync(file, 'utf8')) ?? {};
  if (!isTree(content)) throw new Error('it has no sections');
  return content;
};
