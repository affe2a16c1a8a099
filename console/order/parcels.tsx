import type { Order, Return, Shipment } from '../api/types.js';
import { Card, Time } from '../ui/parts.js';
import { words } from '../ui/text.js';

const isWebAddress = (url: string | undefined): url is string => url !== undefined && /^https?:\/\//.test(url);

/** Quantities of lines, by the names of the products. */
const Quantities = ({
  items,
  order,
}: {
  items: readonly { readonly item_id: string; readonly quantity: number }[];
  order: Order;
}) => (
  <bdi>
    {items
      .map(({ item_id, quantity }) => {
        const item = order.items.find(({ id }) => id === item_id);
        return `${quantity} × ${item?.product_name ?? item_id}`;
      })
      .join(', ')}
  </bdi>
);

const Parcel = ({ parcel, order }: { parcel: Shipment; order: Order }) => (
  <li>
    <div>
      {parcel.carrier ?? 'Parcel'}{' '}
      {isWebAddress(parcel.tracking_url) ? (
        <a href={parcel.tracking_url} target="_blank" rel="noreferrer">
          {parcel.tracking_number ?? 'tracking'}
        </a>
      ) : (
        <code>{parcel.tracking_number}</code>
      )}
      <div class="dim small">
        shipped <Time at={parcel.shipped_at} />
        {parcel.delivered_at === undefined ? (
          ', on its way'
        ) : (
          <>
            , delivered <Time at={parcel.delivered_at} />
          </>
        )}
      </div>
      {parcel.items === undefined ? null : (
        <div class="small">
          <Quantities items={parcel.items} order={order} />
        </div>
      )}
    </div>
  </li>
);

const ReturnRow = ({ given, order }: { given: Return; order: Order }) => {
  const { return_id, status, items, parts, reason, requested_at, completed_at } = given;
  const at = completed_at ?? requested_at;
  return (
    <li>
      <div>
        Return <code>{return_id}</code>{' '}
        <span class="dim">
          {words(status).toLowerCase()}
          {at === undefined ? null : (
            <>
              {' '}
              <Time at={at} />
            </>
          )}
        </span>
        <div class="small">
          <Quantities items={items} order={order} />
        </div>
        {reason === undefined ? null : (
          <div class="dim small">
            <bdi>{reason}</bdi>
          </div>
        )}
        {parts.length === 0 ? null : (
          <ul class="plain small" aria-label={`Parts of return ${return_id}`}>
            {parts.map((part) => (
              <li key={part.part_id ?? ''}>
                {part.part_id === undefined ? 'Came back' : `Part ${part.part_id}`} <Time at={part.completed_at} />:{' '}
                <Quantities items={part.items} order={order} />
              </li>
            ))}
          </ul>
        )}
      </div>
    </li>
  );
};

/** The parcels with what is in them, and the returns part by part. */
export const Parcels = ({ order, when = '' }: { order: Order; when?: string }) => {
  const { shipments, returns } = order;
  if (shipments.length === 0 && returns.length === 0) return null;
  return (
    <Card title={`Parcels and returns${when}`}>
      <ul class="rows">
        {shipments.map((parcel, index) => (
          <Parcel key={index} parcel={parcel} order={order} />
        ))}
        {returns.map((given) => (
          <ReturnRow key={given.return_id} given={given} order={order} />
        ))}
      </ul>
    </Card>
  );
};
