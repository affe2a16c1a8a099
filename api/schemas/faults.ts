import type { z } from 'zod';
import type { Fault } from '../../actors/rules/refusal.js';
import { fail, type Problem, type Result } from '../errors.js';

/** A path as errors name it: `items[0].quantity`. */
export const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');

/** The first fault of each value: the checks after it follow from it, and often say the same once more. */
const firstPerPath = (faults: readonly Fault[]): readonly Fault[] => {
  const first = new Map<string, Fault>();
  for (const fault of faults) if (!first.has(fault.path)) first.set(fault.path, fault);
  return [...first.values()];
};

/** How clients of the former service turned pages. */
const formerPages = new Set(['page', 'page_number', 'offset', 'per_page']);

const unknownField = (key: string): string =>
  formerPages.has(key) ? 'is not known; lists have page_size and page_token' : 'is not known';

/** Marks the issues of `withFieldChecks`. */
const betweenFields = { betweenFields: true } as const;

const isBetweenFields = (issue: z.core.$ZodIssue): boolean =>
  issue.code === 'custom' && issue.params?.['betweenFields'] === true;

/**
 * The schema with checks of fields against each other. They run on what was parsed, also where some field is faulty, so
 * that every fault is found at once.
 *
 * @param faultsIn looks only at what it can read
 */
export const withFieldChecks = <S extends z.ZodType>(schema: S, faultsIn: (value: unknown) => readonly Fault[]): S =>
  schema.superRefine(
    (value, context) => {
      for (const { path, message } of faultsIn(value))
        context.addIssue({ code: 'custom', path: [path], message, params: betweenFields });
    },
    { when: () => true },
  );

/**
 * One fault for each value that does not fit its schema; an unknown field is named by its own path. What was found between
 * fields comes after, except for values that do not even fit by themselves.
 */
export const faultsOf = ({ issues }: z.ZodError): readonly Fault[] => {
  const found = (issue: z.core.$ZodIssue): readonly Fault[] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: pathText([...issue.path, key]), message: unknownField(key) }))
      : [{ path: pathText(issue.path), message: issue.message }];
  const faults = firstPerPath(issues.filter((issue) => !isBetweenFields(issue)).flatMap(found));
  const known = new Set(faults.map(({ path }) => path));
  const further = issues.filter(isBetweenFields).flatMap(found);
  return [...faults, ...further.filter(({ path }) => !known.has(path))];
};

/** Each fault once. Two faults of one path stay where they tell different facts. */
const eachOnce = (faults: readonly Fault[]): readonly Fault[] => [
  ...new Map(faults.map((fault) => [JSON.stringify([fault.path, fault.message]), fault])).values(),
];

/** Input that is refused, with every fault found. */
export const invalid = (
  faults: readonly Fault[],
): {
  readonly ok: false;
  readonly problem: { code: 'validation_failed'; detail: string; errors: readonly Fault[] };
} => {
  const errors = eachOnce(faults);
  const count = errors.length === 1 ? 'One fault' : `${errors.length} faults`;
  return { ok: false, problem: { code: 'validation_failed', detail: `${count} in the input.`, errors } };
};

/** A refusal of input with what was found beside it, except where the path has a fault already. */
export const withFaults = (
  refused: { readonly ok: false; readonly problem: Problem },
  further: readonly Fault[],
): { readonly ok: false; readonly problem: Problem } => {
  const { code, errors = [] } = refused.problem;
  const known = new Set(errors.map(({ path }) => path));
  const more = further.filter(({ path }) => !known.has(path));
  return code === 'validation_failed' && more.length > 0 ? invalid([...errors, ...more]) : refused;
};

/** Messages in our own words where zod's speak of types. */
const error: z.core.$ZodErrorMap = (issue) => {
  if (issue.code !== 'invalid_type') return undefined;
  return issue.input === undefined ? 'is required' : `must be ${issue.expected}`;
};

/** Parses with our messages; every schema of a request is read through here. */
export const parse = <S extends z.ZodType>(schema: S, input: unknown): z.ZodSafeParseResult<z.output<S>> =>
  schema.safeParse(input, { error });

/** Reads an input by its schema. */
export const read = <S extends z.ZodType>(schema: S, input: unknown): Result<z.output<S>> => {
  const result = parse(schema, input);
  return result.success ? { ok: true, value: result.data } : fail(invalid(faultsOf(result.error)).problem);
};
