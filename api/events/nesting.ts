/** How deep an event may be nested, its envelope included. Everything that walks through one after this may recurse. */
export const deepest = 64;

/** What stands for the parts of an event below {@link deepest}. */
const cutOff = '[nested too deeply]';

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;

/**
 * Whether parsed JSON is nested deeper than {@link deepest} levels. Level by level and not by recursion, since what comes
 * from outside can be nested deeper than the stack reaches.
 */
export const isTooDeep = (value: unknown): boolean => {
  let level: object[] = isContainer(value) ? [value] : [];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === deepest) return true;
    level = level.flatMap((container) => (Object.values(container) as unknown[]).filter(isContainer));
  }
  return false;
};

/** A copy that is not nested too deeply. It recurses, but no deeper than that. */
export const cutToDepth = (value: unknown, left = deepest): unknown => {
  if (!isContainer(value)) return value;
  if (left === 0) return cutOff;
  if (Array.isArray(value)) return value.map((member: unknown) => cutToDepth(member, left - 1));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, cutToDepth(member, left - 1)]));
};
