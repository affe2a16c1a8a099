import { useCallback, useEffect, useState } from 'preact/hooks';
import { call, query, type Result } from '../api/client.js';
import type { Author, Entry, Problem } from '../api/types.js';

interface Happened {
  readonly version: number;
  readonly reason?: string;
  readonly changed_by: Author;
  readonly changed_at: string;
}
type Move = Happened & { readonly from_status?: string; readonly to_status: string; readonly notes?: string };
type Edit = Happened & { readonly field: string; readonly old_value: unknown; readonly new_value: unknown };

/** What happened to an order, as the service reports: the journal, and both histories for old and new values. */
export interface History {
  readonly entries: readonly Entry[];
  readonly statuses: readonly Move[];
  readonly edits: readonly Edit[];
  readonly problem?: Problem | undefined;
}

type Page = Readonly<Record<string, unknown>> & { readonly next_page_token: string };

const all = async <T>(path: string, name: string): Promise<Result<readonly T[]>> => {
  const found: T[] = [];
  for (let token: string | undefined; token !== '';) {
    const result: Result<Page> = await call<Page>(`${path}${query({ page_size: '100', page_token: token })}`);
    if (!result.ok) return result;
    found.push(...(result.value[name] as readonly T[]));
    token = result.value.next_page_token;
  }
  return { ok: true, value: found, etag: undefined };
};

/** Reads the history, and again at each version. What is known stays while it cannot be read. */
export const useHistory = (
  id: string | undefined,
  version: number | undefined,
): History & { readonly reload: () => void } => {
  const [history, setHistory] = useState<History>({ entries: [], statuses: [], edits: [] });
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    if (id === undefined) return undefined;
    let isCurrent = true;
    void Promise.all([
      all<Entry>(`/${id}/journal`, 'entries'),
      all<Move>(`/${id}/status-history`, 'history'),
      all<Edit>(`/${id}/edit-history`, 'edits'),
    ]).then(([entries, statuses, edits]) => {
      if (!isCurrent) return;
      if (entries.ok && statuses.ok && edits.ok)
        setHistory({ entries: entries.value, statuses: statuses.value, edits: edits.value });
      else {
        const failed = [entries, statuses, edits].find(({ ok }) => !ok);
        setHistory((old) => ({ ...old, problem: failed?.ok === false ? failed.problem : undefined }));
      }
    });
    return () => {
      isCurrent = false;
    };
  }, [id, version, asked]);
  return { ...history, reload: useCallback(() => setAsked((times) => times + 1), []) };
};
