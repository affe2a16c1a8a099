import { useState } from 'preact/hooks';
import type { Effect, Order } from '../api/types.js';
import { Card, Empty, Pill, Table, Time } from '../ui/parts.js';
import { ReasonDialog } from '../ui/reason-dialog.js';
import { operationText } from '../ui/text.js';

const needsPerson = ({ state }: Effect): boolean => state === 'rejected' || state === 'dead';
const mayRetry = ({ state }: Effect): boolean => needsPerson({ state } as Effect) || state === 'pending';

/** What other services are asked for because of this order. */
export const Effects = ({
  order,
  effects,
  onChange,
}: {
  order: Order;
  effects: readonly Effect[];
  onChange: () => void;
}) => {
  const [acting, setActing] = useState<{ effect: Effect; action: 'retry' | 'resolve' }>();
  const shown = effects.filter(({ operation }) => operation !== 'event.publish');
  return (
    <Card title="Requests to other services">
      {shown.length === 0 ? <Empty>None so far.</Empty> : null}
      {shown.length === 0 ? null : (
        <Table label="Requests to other services" head={['Request', 'State', '#Tries', 'Last', 'Do']}>
          {shown.map((effect) => (
            <tr key={effect.key}>
              <th scope="row">
                {operationText(effect.operation)}
                <div class="dim small">version {effect.version}</div>
              </th>
              <td>
                <Pill state={effect.state} />
              </td>
              <td class="number">{effect.attempts}</td>
              <td class="small">
                {effect.last_error === undefined ? null : <div>{effect.last_error}</div>}
                {effect.settled_at === undefined && effect.next_at !== undefined ? 'next ' : ''}
                <Time at={effect.settled_at ?? effect.next_at ?? effect.created_at} age />
              </td>
              <td class="acts">
                {mayRetry(effect) ? (
                  <button type="button" onClick={() => setActing({ effect, action: 'retry' })}>
                    Retry…
                  </button>
                ) : null}
                {needsPerson(effect) ? (
                  <button type="button" onClick={() => setActing({ effect, action: 'resolve' })}>
                    Resolve…
                  </button>
                ) : null}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {acting === undefined ? null : (
        <ReasonDialog
          title={acting.action === 'retry' ? 'Retry now' : 'Mark as resolved'}
          explanation={
            acting.action === 'retry'
              ? `${operationText(acting.effect.operation)}: ${acting.effect.target} is asked again, with the same key.`
              : `${operationText(acting.effect.operation)}: say how it was done by hand. It is not tried again.`
          }
          path={`/${order.id}/effects/${encodeURIComponent(acting.effect.key)}/${acting.action}`}
          orderId={order.id}
          onClose={(done) => {
            setActing(undefined);
            if (done) onChange();
          }}
        />
      )}
    </Card>
  );
};
