import { useEffect } from 'preact/hooks';
import type { Action } from '../api/types.js';
import { keys } from '../ui/keys.js';

const actionOf = {
  c: 'cancel',
  i: 'cancel_items',
  e: 'update_addresses',
  n: 'update_notes',
  h: 'hold',
  r: 'release',
  u: 'restore',
} as const;

/** The keys of the order page: each begins an action that is open. */
export const useShortcuts = (actions: readonly Action[], onChoose: (action: Action) => void): void => {
  useEffect(() => {
    keys.value = Object.fromEntries(
      Object.entries(actionOf).map(([key, name]) => [
        key,
        () => {
          const action = actions.find((one) => one.action === name && one.allowed);
          if (action !== undefined) onChoose(action);
        },
      ]),
    );
    return () => {
      keys.value = {};
    };
  }, [actions, onChoose]);
};
