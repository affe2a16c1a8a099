import { signal } from '@preact/signals';

/** What the keys of the present screen do. */
export const keys = signal<Readonly<Record<string, () => void>>>({});

const storageKey = 'order-desk.keys';

/** Whether single keys do something: software for speech input types letters by accident (WCAG 2.1.4). */
export const areKeysOn = signal(localStorage.getItem(storageKey) !== 'off');

/** Turns the keys on or off, in this browser. */
export const turnKeys = (on: boolean): void => {
  localStorage.setItem(storageKey, on ? 'on' : 'off');
  areKeysOn.value = on;
};

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input:not([type="checkbox"]), textarea, select, dialog') !== null;

const step = (by: 1 | -1): void => {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.findIndex((row) => (row.closest('tr') ?? row).contains(document.activeElement));
  rows[at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
};

/** Listens for shortcuts. The letter itself must not land in the field that gets the focus, therefore it goes no further. */
export const listenToKeys = (common: Readonly<Record<string, () => void>>): void => {
  const everywhere: Readonly<Record<string, () => void>> = { j: () => step(1), k: () => step(-1), ...common };
  document.addEventListener('keydown', (event) => {
    if (!areKeysOn.value || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector('dialog[open]') !== null) return;
    const act = keys.value[event.key] ?? everywhere[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
};
