import type { Action, Order } from '../api/types.js';
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

/** Whether an action needs a word of why. */
export const needsReason = ({ action }: Action): boolean => ['cancel', 'cancel_items', 'hold'].includes(action);

const next: Readonly<Record<string, readonly string[]>> = {
  confirmed: ['processing'],
  processing: ['shipped'],
  shipped: ['delivered', 'partially_returned'],
  delivered: ['partially_returned', 'returned'],
  partially_returned: ['returned'],
};

/** Where the service does not say what may be done: by the order's status alone, and the service decides. */
export const likelyActions = ({ status, items }: Order): readonly Action[] => {
  const isEarly = status === 'confirmed' || status === 'processing';
  const left = items.map((item) => ({
    item_id: item.id,
    max_quantity: isEarly ? item.quantity - item.cancelled_quantity - item.returned_quantity : 0,
  }));
  return [
    { action: 'cancel', allowed: isEarly },
    { action: 'cancel_items', allowed: isEarly, items: left },
    { action: 'update_addresses', allowed: isEarly },
    { action: 'update_notes', allowed: true },
    ...(next[status] ?? []).map((to) => ({ action: 'change_status', to, allowed: true })),
  ];
};
