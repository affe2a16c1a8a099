import { useState } from 'preact/hooks';
import { statuses } from '../../actors/rules/transitions.js';
import { query } from '../api/client.js';
import { navigate, route } from '../route.js';
import { filtersOf, isOwn, removeView, saveView, sortOfFilter, views } from '../search.js';
import { Dialog } from '../ui/parts.js';
import { words } from '../ui/text.js';

const paymentStatuses = [
  'pending',
  'authorized',
  'partially_paid',
  'completed',
  'failed',
  'partially_refunded',
  'refunded',
];

const Views = ({ onSave }: { onSave: () => void }) => {
  const present = sortOfFilter(route.value.search);
  const saved = views.value.find(({ search }) => sortOfFilter(search) === present);
  return (
    <nav class="choices" aria-label="Views">
      {views.value.map((view) => (
        <button
          key={view.name}
          type="button"
          aria-pressed={view === saved}
          onClick={() => navigate(`/orders${view.search}`, { find: route.value.find })}
        >
          {view.name}
        </button>
      ))}
      {saved === undefined ? (
        <button type="button" class="quiet" onClick={onSave}>
          Save this view…
        </button>
      ) : null}
      {saved !== undefined && isOwn(saved) ? (
        <button type="button" class="quiet" onClick={() => removeView(saved)}>
          Remove this view
        </button>
      ) : null}
    </nav>
  );
};

const SaveDialog = ({ onClose }: { onClose: () => void }) => {
  const [name, setName] = useState('');
  return (
    <Dialog title="Save this view" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          saveView({ name, search: query(filtersOf(route.value.search)) });
          onClose();
        }}
      >
        <label>
          Name
          <input required maxLength={40} value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <footer>
          <button type="submit" class="main">
            Save
          </button>
        </footer>
      </form>
    </Dialog>
  );
};

const Choice = ({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string | undefined;
  options: readonly string[];
  onChange: (value: string) => void;
}) => (
  <label>
    {label}
    <select value={value ?? ''} onChange={(event) => onChange(event.currentTarget.value)}>
      <option value="">any</option>
      {options.map((name) => (
        <option key={name} value={name}>
          {words(name).toLowerCase()}
        </option>
      ))}
    </select>
  </label>
);

/** A text that filters when it is left or confirmed, not with every letter. */
const Text = ({
  label,
  value = '',
  onChange,
}: {
  label: string;
  value: string | undefined;
  onChange: (value: string) => void;
}) => (
  <label>
    {label}
    <input
      maxLength={255}
      defaultValue={value}
      onBlur={(event) => {
        const typed = event.currentTarget.value.trim();
        if (typed !== value) onChange(typed);
      }}
    />
  </label>
);

const dayOf = (at: string | undefined): string => at?.slice(0, 10) ?? '';

/** Which orders: kept in the address, so that it can be passed on. */
export const Filters = () => {
  const [isSaving, setSaving] = useState(false);
  const filters = filtersOf(route.value.search);
  const set = (name: keyof typeof filters, value: string): void =>
    navigate(`/orders${query({ ...filters, [name]: value })}`, { find: route.value.find });
  const setDay = (name: 'created_after' | 'created_before' | 'deadline_before', day: string): void =>
    set(name, day === '' ? '' : `${day}T00:00:00Z`);
  return (
    <search>
      <Views onSave={() => setSaving(true)} />
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
        }}
      >
        <Choice label="Status" value={filters.status} options={statuses} onChange={(value) => set('status', value)} />
        <Choice
          label="Payment"
          value={filters.payment_status}
          options={paymentStatuses}
          onChange={(value) => set('payment_status', value)}
        />
        <label>
          Created from (UTC)
          <input
            type="date"
            value={dayOf(filters.created_after)}
            onChange={(event) => setDay('created_after', event.currentTarget.value)}
          />
        </label>
        <label>
          until before (UTC)
          <input
            type="date"
            value={dayOf(filters.created_before)}
            onChange={(event) => setDay('created_before', event.currentTarget.value)}
          />
        </label>
        <label>
          Held
          <select value={filters.held ?? ''} onChange={(event) => set('held', event.currentTarget.value)}>
            <option value="">any</option>
            <option value="true">held</option>
            <option value="false">not held</option>
          </select>
        </label>
        <Text
          key={`warehouse_id ${filters.warehouse_id ?? ''}`}
          label="Warehouse"
          value={filters.warehouse_id}
          onChange={(value) => set('warehouse_id', value)}
        />
        <Text
          key={`product_sku ${filters.product_sku ?? ''}`}
          label="SKU"
          value={filters.product_sku}
          onChange={(value) => set('product_sku', value)}
        />
        <Text
          key={`payment_id ${filters.payment_id ?? ''}`}
          label="Payment id"
          value={filters.payment_id}
          onChange={(value) => set('payment_id', value)}
        />
        <label>
          Deadline until before (UTC)
          <input
            type="date"
            value={dayOf(filters.deadline_before)}
            onChange={(event) => setDay('deadline_before', event.currentTarget.value)}
          />
        </label>
      </form>
      {isSaving ? <SaveDialog onClose={() => setSaving(false)} /> : null}
    </search>
  );
};
