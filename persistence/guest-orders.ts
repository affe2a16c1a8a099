import type { Pool } from 'pg';

/** Orders that guests made with this email, in whatever case, and that no customer has. */
export const createGuestOrders = (pool: Pool) => ({
  guestOrders: async (email: string): Promise<readonly string[]> => {
    const { rows } = await pool.query<{ id: string }>({
      name: 'guest-orders',
      text: `select id from orders where lower(guest_email) = $1 and guest_email is not null and customer_id is null`,
      values: [email.toLowerCase()],
    });
    return rows.map(({ id }) => id);
  },
});
