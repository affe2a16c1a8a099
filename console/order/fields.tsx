import type { Action, Address, Order } from '../api/types.js';
import { money } from '../ui/text.js';

/** What was typed so far. */
export interface Draft {
  readonly reason: string;
  readonly notes: string;
  readonly until: string;
  readonly quantities: Readonly<Record<string, number>>;
  readonly shipping: Partial<Address>;
  readonly billing: Partial<Address> | undefined;
}

/** What a form begins with. */
export const emptyDraft = (order: Order): Draft => ({
  reason: '',
  notes: order.notes ?? '',
  until: '',
  quantities: {},
  shipping: order.shipping_address,
  billing: order.billing_address,
});

const addressFields = [
  ['recipient', 'Recipient', true],
  ['line1', 'Street', true],
  ['line2', 'More of the street', false],
  ['postal_code', 'Postal code', false],
  ['city', 'City', true],
  ['region', 'Region', false],
  ['country', 'Country (two letters)', true],
  ['phone', 'Phone', false],
  ['email', 'Email', false],
] as const;

/** The fields that can be edited: an imported address has its former shape beside them. */
const given = (address: Partial<Address>): Partial<Address> =>
  Object.fromEntries(
    addressFields.flatMap(([name]) =>
      address[name] === undefined || address[name] === '' ? [] : [[name, address[name]]],
    ),
  );

type Addresses = Pick<Order, 'shipping_address' | 'billing_address'>;

const isSame = (a: object | undefined, b: object | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The addresses that were edited; the shipping address where none was, since the call needs one. */
const addressesOf = ({ shipping, billing }: Draft, begun: Addresses): object => {
  const isBilling = billing !== undefined && !isSame(billing, begun.billing_address);
  const isShipping = !isSame(shipping, begun.shipping_address) || !isBilling;
  return {
    ...(isShipping ? { shipping_address: given(shipping) } : {}),
    ...(isBilling ? { billing_address: given(billing) } : {}),
  };
};

/** The body of the command. `begun`: the addresses as they were when the form began. */
export const bodyOf = ({ action, to }: Action, draft: Draft, begun: Addresses): object => {
  const reason = draft.reason === '' ? {} : { reason: draft.reason };
  switch (action) {
    case 'change_status':
      return { status: to, ...reason };
    case 'cancel_items': {
      const items = Object.entries(draft.quantities).filter(([, quantity]) => quantity > 0);
      return { items: items.map(([item_id, quantity]) => ({ item_id, quantity })), ...reason };
    }
    case 'update_addresses':
      return { ...addressesOf(draft, begun), ...reason };
    case 'update_notes':
      return { notes: draft.notes, ...reason };
    case 'hold':
      return draft.until === '' ? reason : { ...reason, until: new Date(draft.until).toISOString() };
    default:
      return reason;
  }
};

const AddressFields = ({
  legend,
  address,
  onChange,
}: {
  legend: string;
  address: Partial<Address>;
  onChange: (address: Partial<Address>) => void;
}) => (
  <fieldset>
    <legend>{legend}</legend>
    <div class="filters">
      {addressFields.map(([name, label, required]) => (
        <label key={name}>
          {label}
          <input
            required={required}
            maxLength={name === 'country' ? 2 : 500}
            autocomplete="off"
            value={address[name] ?? ''}
            onInput={(event) => onChange({ ...address, [name]: event.currentTarget.value })}
          />
        </label>
      ))}
    </div>
  </fieldset>
);

const Quantities = ({
  action,
  order,
  draft,
  onChange,
}: {
  action: Action;
  order: Order;
  draft: Draft;
  onChange: (draft: Draft) => void;
}) => (
  <fieldset>
    <legend>How many to cancel</legend>
    <ul class="rows">
      {action.items?.map(({ item_id, max_quantity }) => {
        const item = order.items.find(({ id }) => id === item_id);
        if (item === undefined || max_quantity === 0) return null;
        return (
          <li key={item_id}>
            <label for={`cancel-${item_id}`}>
              <bdi>{item.product_name}</bdi>{' '}
              <span class="dim small">
                {item.product_sku}, {money(item.unit_price, order.currency)} each, up to {max_quantity}
              </span>
            </label>
            <input
              id={`cancel-${item_id}`}
              class="short"
              type="number"
              min={0}
              max={max_quantity}
              value={draft.quantities[item_id] ?? 0}
              onInput={(event) =>
                onChange({
                  ...draft,
                  quantities: { ...draft.quantities, [item_id]: event.currentTarget.valueAsNumber || 0 },
                })
              }
            />
          </li>
        );
      })}
    </ul>
  </fieldset>
);

/** The fields that an action needs. */
export const Fields = ({
  action,
  order,
  draft,
  required,
  onChange,
}: {
  action: Action;
  order: Order;
  draft: Draft;
  required: boolean;
  onChange: (draft: Draft) => void;
}) => (
  <>
    {action.action === 'cancel_items' ? <Quantities {...{ action, order, draft, onChange }} /> : null}
    {action.action === 'update_addresses' ? (
      <>
        <AddressFields
          legend="Shipping address"
          address={draft.shipping}
          onChange={(shipping) => onChange({ ...draft, shipping })}
        />
        {draft.billing === undefined ? null : (
          <AddressFields
            legend="Billing address"
            address={draft.billing}
            onChange={(billing) => onChange({ ...draft, billing })}
          />
        )}
      </>
    ) : null}
    {action.action === 'update_notes' ? (
      <label>
        Notes
        <textarea
          rows={5}
          required
          maxLength={10_000}
          value={draft.notes}
          onInput={(event) => onChange({ ...draft, notes: event.currentTarget.value })}
        />
      </label>
    ) : null}
    {action.action === 'hold' ? (
      <label>
        Until (optional)
        <input
          type="datetime-local"
          value={draft.until}
          onInput={(event) => onChange({ ...draft, until: event.currentTarget.value })}
        />
      </label>
    ) : null}
    <label>
      Reason{required ? '' : ' (optional)'}
      <input
        required={required}
        maxLength={2000}
        value={draft.reason}
        onInput={(event) => onChange({ ...draft, reason: event.currentTarget.value })}
      />
    </label>
  </>
);
