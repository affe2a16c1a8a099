import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { call } from '../api/client.js';
import type { Problem } from '../api/types.js';
import { token } from '../session.js';

/** What was asked for, as far as it is here. An old answer stays while a new one is awaited or cannot be had. */
export interface Loaded<T> {
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
  readonly isLoading: boolean;
  /** Whether this is the answer to the present path, and not to the one before. */
  readonly isCurrent: boolean;
  readonly reload: () => Promise<boolean>;
}

/** Asks the API when the path changes, and again after a sign-in. */
export const useLoad = <T>(path: string | undefined): Loaded<T> => {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload' | 'isCurrent'> & { path?: string }>({
    value: undefined,
    problem: undefined,
    isLoading: path !== undefined,
  });
  const holder = token.value;
  const latest = useRef(path);
  latest.current = path;
  const reload = useCallback(async (): Promise<boolean> => {
    if (path === undefined || holder === undefined) return false;
    setState((old) => ({ ...old, isLoading: true }));
    const result = await call<T>(path);
    // Another path was asked for meanwhile, and may be answered already.
    if (latest.current !== path) return result.ok;
    setState((old) => {
      if (result.ok) return { value: result.value, problem: undefined, isLoading: false, path };
      return { value: old.path === path ? old.value : undefined, problem: result.problem, isLoading: false, path };
    });
    return result.ok;
  }, [path, holder]);
  useEffect(() => {
    void reload();
  }, [reload]);
  const { value, problem, isLoading } = state;
  return { value, problem, isLoading, isCurrent: state.path === path, reload };
};

/** Asks again every so often while the page can be seen, and when it can be seen again. */
export const useOften = (reload: () => Promise<boolean>, everyMs: number): void => {
  useEffect(() => {
    let last = Date.now();
    const look = (): void => {
      if (document.hidden || Date.now() - last < everyMs) return;
      last = Date.now();
      void reload();
    };
    const timer = setInterval(look, everyMs + 10);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [reload, everyMs]);
};
