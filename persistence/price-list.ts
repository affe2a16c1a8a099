import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Price, PriceKey, PriceList } from '../actors/price-list.js';

const cacheSeconds = 600;

const redisKey = ({ product_id, product_sku, currency }: PriceKey): string =>
  `order:list-price:${JSON.stringify([product_id, product_sku, currency])}`;

/** `2026-03-15T12:34:56.789Z`: the length is always the same, and the order of the texts is that of the times. */
const timeSql = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const timeLength = '2026-03-15T12:34:56.789Z'.length;

/**
 * Keeps a price unless a newer one, or this one, is kept. Compared and set in one step: of two replicas that take prices at
 * the same moment, the later to write may have the older price.
 */
const keepNewest = `
local kept = redis.call('GET', KEYS[1])
if kept and string.sub(kept, 1, ${timeLength}) >= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'EX', ${cacheSeconds})
return 1`;

interface Listed {
  readonly price: string;
  readonly updated_at: string;
}

const priceIn = (kept: string | null | undefined): string | undefined => kept?.slice(timeLength + 1);

/** Prices in a table, looked up through Redis; without Redis it is the table alone. */
export const createPriceList = (pool: Pool, redis: Redis, log: Logger): PriceList => {
  const helped = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      log.debug({ err: error }, 'prices without Redis');
      return otherwise;
    }
  };

  const fromTable = async (keys: readonly PriceKey[]): Promise<readonly (Listed | undefined)[]> => {
    const { rows } = await pool.query<{ [K in keyof Listed]: Listed[K] | null }>({
      name: 'prices',
      text: `select p.price, ${timeSql('p.updated_at')} as updated_at
        from json_to_recordset($1) as k (position integer, product_id text, product_sku text, currency text)
        left join product_prices p using (product_id, product_sku, currency) order by k.position`,
      values: [JSON.stringify(keys.map((key, position) => ({ ...key, position })))],
    });
    return rows.map(({ price, updated_at }) =>
      price === null || updated_at === null ? undefined : { price, updated_at },
    );
  };

  return {
    put: async (price: Price) => {
      const { product_id, product_sku, currency, updated_at } = price;
      const { rows } = await pool.query<Listed & { readonly newest: boolean }>({
        name: 'put-price',
        text: `with put as (
            insert into product_prices (product_id, product_sku, currency, price, updated_at) values ($1, $2, $3, $4, $5)
            on conflict (product_id, product_sku, currency) do update set price = excluded.price, updated_at = excluded.updated_at
            where product_prices.updated_at < excluded.updated_at
            returning price, updated_at
          )
          select price, ${timeSql('updated_at')} as updated_at, true as newest from put
          union all
          select price, ${timeSql('updated_at')}, false from product_prices
          where product_id = $1 and product_sku = $2 and currency = $3 and not exists (select from put)`,
        values: [product_id, product_sku, currency, price.price, updated_at],
      });
      const [listed] = rows;
      // Also for a price that the table has already: the try before this one may have got no further. Where Redis fails,
      // the event comes again, so that no replica goes by the old price once Redis is back.
      if (listed !== undefined) await redis.eval(keepNewest, 1, redisKey(price), listed.updated_at, listed.price);
      return listed?.newest === true;
    },

    get: async (keys) => {
      const cached = await helped(
        () => redis.mget(keys.map(redisKey)),
        keys.map(() => null),
      );
      const missing = keys.filter((_key, index) => cached[index] === null);
      if (missing.length === 0) return cached.map(priceIn);
      const found = await fromTable(missing);
      const fill = redis.pipeline();
      missing.forEach((key, index) => {
        const listed = found[index];
        if (listed !== undefined) fill.eval(keepNewest, 1, redisKey(key), listed.updated_at, listed.price);
      });
      await helped(() => fill.exec(), null);
      const byKey = new Map(missing.map((key, index) => [redisKey(key), found[index]?.price]));
      return keys.map((key, index) => priceIn(cached[index]) ?? byKey.get(redisKey(key)));
    },
  };
};
