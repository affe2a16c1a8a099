import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Price, PriceKey, PriceList } from '../actors/price-list.js';

const cacheSeconds = 300;

const redisKey = ({ product_id, product_sku, currency }: PriceKey): string =>
  `order:price:${JSON.stringify([product_id, product_sku, currency])}`;

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

  const fromTable = async (keys: readonly PriceKey[]): Promise<readonly (string | undefined)[]> => {
    const { rows } = await pool.query<{ price: string | null }>({
      name: 'prices',
      text: `select p.price from json_to_recordset($1) as k (position integer, product_id text, product_sku text, currency text)
        left join product_prices p using (product_id, product_sku, currency) order by k.position`,
      values: [JSON.stringify(keys.map((key, position) => ({ ...key, position })))],
    });
    return rows.map(({ price }) => price ?? undefined);
  };

  return {
    put: async (price: Price) => {
      const { product_id, product_sku, currency, updated_at } = price;
      const { rowCount } = await pool.query({
        name: 'put-price',
        text: `insert into product_prices (product_id, product_sku, currency, price, updated_at) values ($1, $2, $3, $4, $5)
          on conflict (product_id, product_sku, currency) do update set price = excluded.price, updated_at = excluded.updated_at
          where product_prices.updated_at < excluded.updated_at`,
        values: [product_id, product_sku, currency, price.price, updated_at],
      });
      const newest = rowCount === 1;
      // Set, not deleted: a reader that still holds the old price fills only what is empty.
      if (newest) await helped(() => redis.set(redisKey(price), price.price, 'EX', cacheSeconds), null);
      return newest;
    },

    get: async (keys) => {
      const cached = await helped(
        () => redis.mget(keys.map(redisKey)),
        keys.map(() => null),
      );
      const missing = keys.filter((_key, index) => cached[index] === null);
      if (missing.length === 0) return cached.map((price) => price ?? undefined);
      const found = await fromTable(missing);
      const fill = redis.pipeline();
      missing.forEach((key, index) => {
        const price = found[index];
        if (price !== undefined) fill.set(redisKey(key), price, 'EX', cacheSeconds, 'NX');
      });
      await helped(() => fill.exec(), null);
      const byKey = new Map(missing.map((key, index) => [redisKey(key), found[index]]));
      return keys.map((key, index) => cached[index] ?? byKey.get(redisKey(key)));
    },
  };
};
