import type { ComponentChildren } from 'preact';
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Problem } from '../api/types.js';
import { ago, exactTime, localTime, utcTime, words } from './text.js';

/** The present moment, for ages. */
export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 10_000);

const kinds: Readonly<Record<string, readonly [tone: string, mark: string]>> = {
  confirmed: ['blue', '○'],
  processing: ['blue', '◔'],
  shipped: ['blue', '◑'],
  delivered: ['green', '●'],
  partially_returned: ['amber', '↩'],
  returned: ['amber', '↩'],
  cancelled: ['red', '✕'],
  pending: ['amber', '…'],
  authorized: ['blue', '◔'],
  completed: ['green', '✓'],
  partially_paid: ['amber', '◑'],
  partially_refunded: ['amber', '↩'],
  refunded: ['grey', '↩'],
  failed: ['red', '!'],
  voided: ['grey', '✕'],
  done: ['green', '✓'],
  rejected: ['red', '!'],
  dead: ['red', '!'],
  resolved: ['grey', '✓'],
  withdrawn: ['grey', '↩'],
  open: ['amber', '!'],
  up: ['green', '✓'],
  down: ['red', '!'],
  held: ['amber', 'Ⅱ'],
};

/** A state: by word and mark, its colour adds nothing. */
export const Pill = ({ state, about }: { state: string; about?: string }) => {
  const [tone, mark] = kinds[state] ?? ['grey', '·'];
  return (
    <span class={`pill ${tone}`}>
      <span aria-hidden="true">{mark}</span>
      {about === undefined ? null : <span class="unseen">{about}: </span>}
      {words(state).toLowerCase()}
    </span>
  );
};

/** A moment: the reader's zone, UTC on hover. `age`: how long ago; `exact`: to the second. */
export const Time = ({ at, age = false, exact = false }: { at: string; age?: boolean; exact?: boolean }) => (
  <time dateTime={at} title={`${utcTime(at)} · ${localTime(at)}`}>
    {age ? ago(at, Math.max(now.value, Date.now())) : exact ? exactTime(at) : localTime(at)}
  </time>
);

/** What went wrong, and what to do. */
export const Trouble = ({ problem, retry }: { problem: Problem; retry?: (() => void) | undefined }) => (
  <div class="note red" role="alert">
    <p>
      <strong>{problem.code === 'forbidden' ? 'You may not see this' : problem.title}.</strong>{' '}
      {problem.code === 'forbidden' ? 'Sign in as staff to go on.' : problem.detail}
    </p>
    {problem.errors === undefined ? null : (
      <ul>
        {problem.errors.map(({ path, message }) => (
          <li key={path + message}>
            <code>{path}</code> {message}
          </li>
        ))}
      </ul>
    )}
    {problem.trace_id === undefined ? null : <p class="dim small">Trace {problem.trace_id}</p>}
    {retry === undefined ? null : (
      <button type="button" onClick={retry}>
        Try again
      </button>
    )}
  </div>
);

/** While an answer is awaited. */
export const Waiting = ({ what }: { what: string }) => (
  <p class="dim waiting" role="status">
    Loading {what}…
  </p>
);

/** Where there is nothing. */
export const Empty = ({ children }: { children: ComponentChildren }) => <p class="empty">{children}</p>;

/** A part of a page. */
export const Card = ({
  title,
  children,
  aside,
}: {
  title: string;
  children: ComponentChildren;
  aside?: ComponentChildren;
}) => (
  <section class="card" aria-label={title}>
    <header>
      <h2>{title}</h2>
      {aside}
    </header>
    {children}
  </section>
);

/** A modal dialog; Escape closes it. */
export const Dialog = ({
  title,
  onClose,
  children,
}: {
  title: string;
  onClose?: (() => void) | undefined;
  children: ComponentChildren;
}) => {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    ref.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
    >
      <header>
        <h2>{title}</h2>
        {onClose === undefined ? null : (
          <button type="button" class="quiet" aria-label="Close" onClick={onClose}>
            ✕
          </button>
        )}
      </header>
      {children}
    </dialog>
  );
};

/** A table that scrolls in itself where the page is narrow. */
export const Table = ({
  label,
  head,
  children,
}: {
  label: string;
  head: readonly string[];
  children: ComponentChildren;
}) => (
  <div class="scroll" tabIndex={0} role="group" aria-label={label}>
    <table>
      <thead>
        <tr>
          {head.map((name) => (
            <th key={name} scope="col" class={name.startsWith('#') ? 'number' : ''}>
              {name.replace('#', '')}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </div>
);
