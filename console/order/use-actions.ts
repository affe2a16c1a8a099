import { useEffect } from 'preact/hooks';
import type { Action, Problem } from '../api/types.js';
import { useLoad } from '../ui/load.js';

/** What may be done with an order, as the service reports. */
export interface KnownActions {
  /** Undefined until it is known. */
  readonly actions: readonly Action[] | undefined;
  readonly problem: Problem | undefined;
  readonly reload: () => Promise<boolean>;
}

const longestMs = 60 * 60_000;

/** Asks what may be done: again at each version, and when something opens or closes by itself. */
export const useActions = (orderId: string, version: number | undefined): KnownActions => {
  const { value, problem, reload } = useLoad<{ version: number; actions: readonly Action[] }>(
    `/${encodeURIComponent(orderId)}/actions`,
  );
  const isOld = value !== undefined && version !== undefined && value.version < version;
  useEffect(() => {
    if (isOld) void reload();
  }, [isOld, version, reload]);
  useEffect(() => {
    const moments = (value?.actions ?? []).flatMap(({ until }) => (until === undefined ? [] : Date.parse(until)));
    if (moments.length === 0) return undefined;
    const wait = Math.max(1_000, Math.min(...moments) - Date.now() + 500);
    const timer = setTimeout(() => void reload(), Math.min(wait, longestMs));
    return () => clearTimeout(timer);
  }, [value, reload]);
  return { actions: value?.actions, problem: value === undefined ? problem : undefined, reload };
};
