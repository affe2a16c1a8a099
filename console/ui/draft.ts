import { useState } from 'preact/hooks';

const storageKey = 'order-desk.drafts';

const kept = (): Readonly<Record<string, unknown>> =>
  JSON.parse(sessionStorage.getItem(storageKey) ?? '{}') as Readonly<Record<string, unknown>>;

/** What was typed in a dialog that a reload, or a sign-in at the issuer, closed; undefined: nothing. */
export const draftOf = (name: string): unknown => kept()[name];

/** The name among these in which something was typed. */
export const nameWithDraft = (names: readonly string[]): string | undefined => {
  const all = kept();
  return names.find((name) => all[name] !== undefined);
};

const keepDraft = (name: string, value: unknown): void =>
  sessionStorage.setItem(storageKey, JSON.stringify({ ...kept(), [name]: value }));

/** Forgets it: it was sent, or the dialog was closed by hand. */
export const dropDraft = (name: string): void => keepDraft(name, undefined);

/** A state that is kept in this tab until it is dropped. */
export const useDraft = <T>(name: string, initial: () => T): readonly [T, (value: T) => void] => {
  const [value, setValue] = useState<T>(() => (draftOf(name) as T | undefined) ?? initial());
  const change = (next: T): void => {
    keepDraft(name, next);
    setValue(next);
  };
  return [value, change];
};
