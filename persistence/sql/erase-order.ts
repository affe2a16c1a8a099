import { commit } from './commit-change.js';

/** What is not settled of an order's effects: rejected and given up ones wait for staff. */
const unsettledEffects = `
  select from order_effects where order_id = $1::uuid and state in ('pending', 'rejected', 'dead')`;

/**
 * A change that erases what is personal of an order: the personal parts and salts of its entries, and every free text in its
 * effects and dead letters; the order and its lines are written from the document. Nothing is written where effects are
 * not settled or events wait: answers whether they were. Reasons that the analytics have counted are kept for them in
 * `erased_reasons`, until they have taken them out.
 */
export const commitErasure = commit({
  before: `settled as materialized (
  select not exists (${unsettledEffects})
    and not exists (select from waiting_events where order_id = $1::uuid) as free
), `,
  columns: ', guest_email = o.guest_email',
  fence: ' and (select free from settled)',
  withdrawn: `, counted as (
  insert into erased_reasons (order_id, version, reason)
  select e.order_id, e.version, e.personal ->> 'reason'
  from fenced
  join order_events e on e.order_id = fenced.id
  where e.personal ->> 'reason' is not null and e.type <> 'order.erased'
  on conflict do nothing
), personal as (
  update order_events e
  set personal = null, personal_salt = null
  from fenced
  where e.order_id = fenced.id and e.personal is not null
), texts as (
  update order_effects e
  set last_error = null,
    payload = case
      when e.payload -> 'reason' is null then e.payload
      else jsonb_set(e.payload::jsonb, '{reason}', '"erased"')::json
    end,
    actions = (
      select coalesce(jsonb_agg(jsonb_set(a.action, '{reason}', '"erased"') order by a.place), '[]')
      from jsonb_array_elements(e.actions) with ordinality a (action, place)
    )
  from fenced
  where e.order_id = fenced.id
), letters as (
  update dead_letters d
  set payload = '"erased"', note = case when d.note is not null then 'erased' end
  from fenced
  where d.order_id = fenced.id
)`,
  result: `select fenced.id, (select free from settled) as free
from (select 1) as one left join fenced on true`,
});
