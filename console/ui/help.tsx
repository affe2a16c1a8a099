import { signal } from '@preact/signals';
import { areKeysOn, turnKeys } from './keys.js';
import { Dialog } from './parts.js';

/** Whether the list of keys shows. */
export const isHelpOpen = signal(false);
const shortcuts = [
  ['/', 'Search'],
  ['j, k', 'Next and previous row'],
  ['Enter', 'Open the row'],
  ['x', 'Select the row, or not'],
  [']', 'Older page'],
  ['[', 'Newer page'],
  ['g', 'Start page'],
  ['c', 'Cancel the order'],
  ['i', 'Cancel items'],
  ['e', 'Edit addresses'],
  ['n', 'Edit notes'],
  ['h', 'Hold'],
  ['r', 'Release the hold'],
  ['u', 'Undo the cancellation'],
  ['Escape', 'Close a dialog'],
  ['?', 'This list'],
] as const;

/** What the keys do. */
export const Help = () => (
  <Dialog title="Keyboard" onClose={() => (isHelpOpen.value = false)}>
    <dl class="keys">
      {shortcuts.map(([key, text]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
    <label class="choice">
      <input type="checkbox" checked={areKeysOn.value} onChange={(event) => turnKeys(event.currentTarget.checked)} />{' '}
      Keys work outside of fields
    </label>
  </Dialog>
);
