import { useEffect, useState } from 'preact/hooks';
import { call } from '../api/client.js';
import type { Order as OrderDocument, Problem } from '../api/types.js';
import { type Freshness, watch } from '../api/watch.js';
import { token } from '../session.js';

/** The order, followed from version to version; it never goes back. */
export const useOrder = (id: string) => {
  const [order, setOrder] = useState<OrderDocument>();
  const [problem, setProblem] = useState<Problem>();
  const [freshness, setFreshness] = useState<Freshness>('connecting');
  const [realId, setRealId] = useState<string>();
  const holder = token.value;
  const take = (next: OrderDocument): void =>
    setOrder((old) => (old?.id === next.id && old.version > next.version ? old : next));
  const read = async (): Promise<boolean> => {
    const result = await call<{ order: OrderDocument }>(`/${encodeURIComponent(id)}`);
    if (result.ok) {
      take(result.value.order);
      setRealId(result.value.order.id);
    }
    setProblem(result.ok ? undefined : result.problem);
    return result.ok;
  };
  useEffect(() => {
    setOrder(undefined);
    setRealId(undefined);
  }, [id]);
  useEffect(() => {
    void read();
  }, [id, holder]);
  useEffect(() => {
    if (realId === undefined) return undefined;
    return watch<{ order: OrderDocument }>(`/${realId}/watch`, {
      onMessage: ({ order: next }) => take(next),
      onFreshness: setFreshness,
      poll: read,
    });
  }, [realId, holder]);
  return { order, problem, freshness, read };
};
