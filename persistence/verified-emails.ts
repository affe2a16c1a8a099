import type { Pool } from 'pg';

/** An order that a guest placed with an email which a customer has verified. */
export interface GuestOrder {
  readonly orderId: string;
  readonly email: string;
  readonly customerId: string;
}

/** Emails that customers have verified, in whatever case, and the guest orders with them. */
export interface VerifiedEmails {
  /**
   * Keeps that a customer has verified an email.
   *
   * @param at when they did; of several customers with one email the latest has it. RFC 3339 UTC
   */
  keep(email: string, customerId: string, at: string): Promise<void>;
  /** Ids of orders with this email and no customer. */
  guestOrders(email: string): Promise<readonly string[]>;
  /**
   * Guest orders that were being created while their email was kept, and so are still a guest's: of emails kept more than a
   * minute ago, by when such an order is stored. At most `limit`.
   */
  overlooked(limit: number): Promise<readonly GuestOrder[]>;
  /** Notes the emails of more than a minute ago that have no more such orders. */
  settle(): Promise<void>;
}

const keepEmail = `
insert into verified_emails as v (email, customer_id, verified_at) values ($1, $2, $3::timestamptz)
on conflict (email) do update
set customer_id = excluded.customer_id, verified_at = excluded.verified_at, kept_at = now(), settled = false
where v.verified_at < excluded.verified_at`;

const ordersOfGuest = `
select id from orders where lower(guest_email) = $1 and guest_email is not null and customer_id is null`;

const dueEmails = `not v.settled and v.kept_at <= now() - interval '1 minute'`;

const overlookedOrders = `
select o.id as "orderId", v.email, v.customer_id as "customerId"
from verified_emails v
join orders o on lower(o.guest_email) = v.email and o.guest_email is not null and o.customer_id is null
where ${dueEmails}
limit $1`;

const settleEmails = `
update verified_emails v
set settled = true
where ${dueEmails} and not exists (
  select from orders o where lower(o.guest_email) = v.email and o.guest_email is not null and o.customer_id is null
)`;

/** Verified emails in Postgres. */
export const createVerifiedEmails = (pool: Pool): VerifiedEmails => ({
  keep: async (email, customerId, at) => {
    await pool.query({ name: 'keep-email', text: keepEmail, values: [email.toLowerCase(), customerId, at] });
  },

  guestOrders: async (email) => {
    const { rows } = await pool.query<{ id: string }>({
      name: 'guest-orders',
      text: ordersOfGuest,
      values: [email.toLowerCase()],
    });
    return rows.map(({ id }) => id);
  },

  overlooked: async (limit) => {
    const { rows } = await pool.query<GuestOrder>({
      name: 'overlooked-guest-orders',
      text: overlookedOrders,
      values: [limit],
    });
    return rows;
  },

  settle: async () => {
    await pool.query({ name: 'settle-emails', text: settleEmails });
  },
});
