import { createHash } from 'node:crypto';

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
