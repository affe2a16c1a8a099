import { useState } from 'preact/hooks';
import type { Order } from '../api/types.js';
import { words } from '../ui/text.js';
import { type BulkAction, bulkActions } from './draft.js';
import { BulkDialog } from './dialog.js';

/** What can be done with the selected orders, of this page and of others. */
export const Bulk = ({
  orders,
  onDone,
  onClear,
}: {
  orders: readonly Order[];
  onDone: () => void;
  onClear: () => void;
}) => {
  const [action, setAction] = useState<BulkAction>();
  if (orders.length === 0 && action === undefined) return null;
  return (
    <div class="bulk" role="region" aria-label="Selected orders">
      <span role="status">{orders.length} selected</span>
      {bulkActions.map((name) => (
        <button key={name} type="button" onClick={() => setAction(name)}>
          {words(name)}…
        </button>
      ))}
      <button type="button" class="quiet" onClick={onClear}>
        Clear
      </button>
      {action === undefined ? null : (
        <BulkDialog
          action={action}
          orders={orders}
          onClose={(done) => {
            setAction(undefined);
            if (done) {
              onClear();
              onDone();
            }
          }}
        />
      )}
    </div>
  );
};
