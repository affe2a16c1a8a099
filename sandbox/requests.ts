import type { Request } from 'express';
import type { ZodType } from 'zod';
import { Problem } from './problem.js';
import { createHash } from 'node:crypto';

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

/** A short, stable digest of a text: 24 hexadecimal digits of its SHA-256. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}

/** The digest of a JSON value, whatever the order of its keys. */
export function digestJson(value: unknown): string {
  return digest(
    JSON.stringify(value, (_key, part: unknown) =>
      typeof part === 'object' && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    ),
  );
}
