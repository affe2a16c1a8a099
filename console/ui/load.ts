import { useCallback, useEffect, useState } from 'preact/hooks';
import { call } from '../api/client.js';
import type { Problem } from '../api/types.js';
import { token } from '../session.js';

/** What was asked for, as far as it is here. An old answer stays while a new one is awaited or cannot be had. */
export interface Loaded<T> {
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
  readonly isLoading: boolean;
  readonly reload: () => Promise<boolean>;
}

/** Asks the API when the path changes, and again after a sign-in. */
export const useLoad = <T>(path: string | undefined): Loaded<T> => {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'> & { path?: string }>({
    value: undefined,
    problem: undefined,
    isLoading: path !== undefined,
  });
  const holder = token.value;
  const reload = useCallback(async (): Promise<boolean> => {
    if (path === undefined || holder === undefined) return false;
    setState((old) => ({ ...old, isLoading: true }));
    const result = await call<T>(path);
    setState((old) => {
      if (result.ok) return { value: result.value, problem: undefined, isLoading: false, path };
      return { value: old.path === path ? old.value : undefined, problem: result.problem, isLoading: false, path };
    });
    return result.ok;
  }, [path, holder]);
  useEffect(() => {
    void reload();
  }, [reload]);
  return { value: state.value, problem: state.problem, isLoading: state.isLoading, reload };
};
