import type { Request } from 'express';
import type { ZodType } from 'zod';
import { Problem } from './problem.js';

/** Checks a value from outside. Throws a 400 problem that names every fault with its path. */
export function parseOrRefuse<T>(schema: ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Problem(
    400,
    'validation_failed',
    'The body is not as this call needs it.',
    parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
  );
}

/** A parameter of the query, when it is there once and not empty. */
export function queryText(req: Request, name: string): string | undefined {
  const value = req.query[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A parameter of the path. */
export function pathText(req: Request, name: string): string {
  const value = req.params[name];
  return typeof value === 'string' ? value : '';
}
