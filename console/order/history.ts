import { useEffect, useState } from 'preact/hooks';
import { call, query } from '../api/client.js';
import type { Author, Entry } from '../api/types.js';

interface Happened {
  readonly version: number;
  readonly reason?: string;
  readonly changed_by: Author;
  readonly changed_at: string;
}
type Move = Happened & { readonly from_status?: string; readonly to_status: string };
type Edit = Happened & { readonly field: string; readonly old_value: unknown; readonly new_value: unknown };

/** What happened to an order, as far as the service tells. */
export interface History {
  readonly entries: readonly Entry[];
  readonly statuses: readonly Move[];
  readonly edits: readonly Edit[];
}

const mostPages = 20;

const all = async <T>(path: string, name: string): Promise<readonly T[]> => {
  const found: T[] = [];
  let token = '';
  for (let page = 0; page < mostPages; page++) {
    const result = await call<Record<string, unknown>>(`${path}${query({ page_size: '100', page_token: token })}`);
    if (!result.ok) return found;
    found.push(...((result.value[name] as readonly T[] | undefined) ?? []));
    const next = result.value['next_page_token'];
    token = typeof next === 'string' ? next : '';
    if (token === '') return found;
  }
  return found;
};

/** Reads the history, and again at each version. */
export const useHistory = (id: string | undefined, version: number | undefined): History => {
  const [history, setHistory] = useState<History>({ entries: [], statuses: [], edits: [] });
  useEffect(() => {
    if (id === undefined) return undefined;
    let isCurrent = true;
    void Promise.all([
      all<Entry>(`/${id}/journal`, 'entries'),
      all<Move>(`/${id}/status-history`, 'history'),
      all<Edit>(`/${id}/edit-history`, 'edits'),
    ]).then(([entries, statuses, edits]) => {
      if (isCurrent) setHistory({ entries, statuses, edits });
    });
    return () => {
      isCurrent = false;
    };
  }, [id, version]);
  return history;
};
