import { useState } from 'preact/hooks';
import { words } from '../ui/text.js';
import { draftOf } from '../ui/draft.js';
import { bulkActions, bulkDraftName } from './draft.js';
import { BulkDialog } from './dialog.js';
import { clearSelection, mostSelected, selection, turnedAway } from './selection.js';

/** What can be done with the selected orders, of this page and of others. */
export const Bulk = ({ onDone }: { onDone: () => void }) => {
  const orders = [...selection.value.values()];
  // What a reload, or a sign-in elsewhere, has closed with something in it.
  const [action, setAction] = useState(() =>
    orders.length === 0 ? undefined : bulkActions.find((name) => draftOf(bulkDraftName(name)) !== undefined),
  );
  if (orders.length === 0 && action === undefined) return null;
  return (
    <div class="bulk" role="region" aria-label="Selected orders">
      <span role="status">{orders.length} selected</span>
      {bulkActions.map((name) => (
        <button key={name} type="button" onClick={() => setAction(name)}>
          {words(name)}…
        </button>
      ))}
      <button type="button" class="quiet" onClick={clearSelection}>
        Clear
      </button>
      {turnedAway.value === 0 ? null : (
        <p class="warn" role="alert">
          At most {mostSelected} orders can be changed at once:{' '}
          {turnedAway.value === 1 ? '1 more was' : `${turnedAway.value} more were`} not selected. Change these first, or
          clear the selection.
        </p>
      )}
      {action === undefined ? null : (
        <BulkDialog
          action={action}
          orders={orders}
          onClose={(done) => {
            setAction(undefined);
            if (done) {
              clearSelection();
              onDone();
            }
          }}
        />
      )}
    </div>
  );
};
