import type { ItemQuantity } from './order-parts.js';

/** The same quantities with each line named once. */
export const perLine = (items: readonly ItemQuantity[]): readonly ItemQuantity[] => {
  const sums = new Map<string, number>();
  for (const { item_id, quantity } of items) sums.set(item_id, (sums.get(item_id) ?? 0) + quantity);
  return [...sums].map(([item_id, quantity]) => ({ item_id, quantity }));
};

/** Whether these quantities, each line named once, hold at least those. */
export const covers = (these: readonly ItemQuantity[], those: readonly ItemQuantity[]): boolean => {
  const held = new Map(these.map(({ item_id, quantity }) => [item_id, quantity]));
  return those.every(({ item_id, quantity }) => (held.get(item_id) ?? 0) >= quantity);
};

/** Whether these quantities, each line named once, are those. */
export const areSame = (these: readonly ItemQuantity[], those: readonly ItemQuantity[]): boolean =>
  covers(these, those) && covers(those, these);
