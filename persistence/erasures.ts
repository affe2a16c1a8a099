import type { Pool } from 'pg';
import type { Erasures, Subject } from '../actors/bulk-requests.js';

// One index each; guest orders that their customer is not linked to yet are found by the verified email.
const ofCustomer = `
select id, lower(guest_email) as email from orders where customer_id = $1
union
select o.id, v.email
from verified_emails v
left join orders o on lower(o.guest_email) = v.email and o.guest_email is not null and o.customer_id is null
where v.customer_id = $1`;

const ofGuest = `
select id, lower(guest_email) as email from orders where lower(guest_email) = $1 and guest_email is not null`;

const forgetCustomer = `delete from verified_emails where customer_id = $1`;
const forgetEmail = `delete from verified_emails where email = $1`;

// Texts are compared as JSON writes them. Dead letters are few, so all of them are looked through.
const forgetLetters = `
update dead_letters d
set payload = '"erased"', note = case when d.note is not null then 'erased' end
where d.order_id = any($2::uuid[]) or (d.order_id is null and exists (
  select from unnest($1::text[]) as t (text) where strpos(lower(d.payload::text), t.text) > 0
))`;

const isTaken = `
select p.complete
    and not exists (
      select from order_events e
      where e.order_id = any($1::uuid[]) and e.type = 'order.erased'
        and not coalesce(pg_visible_in_snapshot(e.transaction_id::text::xid8, p.cursor), true))
    and not exists (select from erased_reasons r where r.order_id = any($1::uuid[])) as taken
from order_search_progress p`;

const customerOf = (subject: Subject): string | undefined =>
  'customer_id' in subject ? subject.customer_id : undefined;

const keyOf = (subject: Subject): string =>
  'customer_id' in subject ? subject.customer_id : subject.guest_email.toLowerCase();

/** As it stands in lower-case JSON text, quotes included where it is a whole value. */
const asJson = (text: string): string => JSON.stringify(text).toLowerCase();

/** What is erased beside the orders, in Postgres. */
export const createErasures = (pool: Pool): Erasures => ({
  tracesOf: async (subject) => {
    const byCustomer = customerOf(subject) !== undefined;
    const { rows } = await pool.query<{ id: string | null; email: string | null }>({
      name: byCustomer ? 'traces-of-customer' : 'traces-of-guest',
      text: byCustomer ? ofCustomer : ofGuest,
      values: [keyOf(subject)],
    });
    const own = byCustomer ? [] : [keyOf(subject)];
    return {
      orderIds: [...new Set(rows.flatMap(({ id }) => id ?? []))],
      emails: [...new Set([...own, ...rows.flatMap(({ email }) => email ?? [])])],
    };
  },

  forget: async (subject, { orderIds, emails }) => {
    const customer = customerOf(subject);
    const texts = [...orderIds, ...emails, ...(customer === undefined ? [] : [customer])].map(asJson);
    await pool.query({ name: 'forget-letters', text: forgetLetters, values: [texts, orderIds] });
    await pool.query(
      customer === undefined
        ? { name: 'forget-email', text: forgetEmail, values: [keyOf(subject)] }
        : { name: 'forget-customer', text: forgetCustomer, values: [customer] },
    );
  },

  isTaken: async (orderIds) => {
    if (orderIds.length === 0) return true;
    const { rows } = await pool.query<{ taken: boolean }>({
      name: 'erasure-taken',
      text: isTaken,
      values: [orderIds],
    });
    return rows[0]?.taken === true;
  },
});
