import type { Action } from '../api/types.js';
import { words } from '../ui/text.js';

/** What a command of an action is, in the API. */
export interface Request {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
}

/** Where the command goes. */
export const requestOf = ({ action }: Action, orderId: string): Request => {
  const path = `/${encodeURIComponent(orderId)}`;
  switch (action) {
    case 'change_status':
      return { method: 'PUT', path: `${path}/status` };
    case 'update_addresses':
    case 'update_notes':
      return { method: 'PUT', path };
    case 'cancel_items':
      return { method: 'POST', path: `${path}/cancel-items` };
    default:
      return { method: 'POST', path: `${path}/${action}` };
  }
};

const titles: Readonly<Record<string, string>> = {
  cancel: 'Cancel the order',
  cancel_items: 'Cancel items',
  update_addresses: 'Edit addresses',
  update_notes: 'Edit notes',
  hold: 'Hold',
  release: 'Release the hold',
  restore: 'Undo the cancellation',
};

/** What the button of an action says. */
export const titleOf = ({ action, to }: Action): string =>
  action === 'change_status' ? `Mark as ${words(to ?? '').toLowerCase()}` : (titles[action] ?? words(action));

/** Under which name what is typed for an action is kept. */
export const draftName = (orderId: string, { action, to = '' }: Action): string => `${orderId} ${action} ${to}`;

/** Whether an action needs a word of why. */
export const needsReason = ({ action }: Action): boolean => ['cancel', 'cancel_items', 'hold'].includes(action);

/** Whether an action can be previewed as it is: all that could be said is why. */
export const hasNothingToFill = ({ action }: Action): boolean =>
  ['change_status', 'release', 'restore'].includes(action);
