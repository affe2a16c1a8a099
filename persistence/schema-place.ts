import { Client } from 'pg';
import { asLibpqReads } from './tls.js';

/** Where this service's tables are made when the tables of the former service are in the way. */
const ownSchema = 'order_service';

/** Which schema of a database holds this service's tables. */
export interface SchemaPlace {
  /** The connection string to use: names in statements then mean this service's tables. */
  readonly dsn: string;
  /** The schema apart; undefined: the tables are, or will be, where the connection string leads. */
  readonly schema: string | undefined;
  /** Whether the tables of the former service are there. */
  readonly besideOld: boolean;
}

const look = `
select to_regclass('order_events') is not null as here,
  to_regclass('${ownSchema}.order_events') is not null as apart,
  to_regclass('orders') is not null or to_regclass('order_items') is not null as occupied`;

/** The same database, with names looked up in that schema. */
const lookingIn = (dsn: string, schema: string): string => {
  const option = encodeURIComponent(`-c search_path=${schema}`);
  if (/[?&]options=/.test(dsn))
    return dsn.replace(/([?&]options=)([^&#]*)/, (_, name: string, given: string) => `${name}${given}%20${option}`);
  return `${dsn}${dsn.includes('?') ? '&' : '?'}options=${option}`;
};

/**
 * Finds the schema of this service's tables. They have a schema of their own where the tables of the former service have the
 * same names.
 *
 * @throws when the database cannot be reached
 */
export const findSchemaPlace = async (given: string): Promise<SchemaPlace> => {
  const dsn = await asLibpqReads(given);
  const client = new Client({ connectionString: dsn, application_name: 'order-service' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ here: boolean; apart: boolean; occupied: boolean }>(look);
    const [found] = rows;
    const isApart = found !== undefined && !found.here && (found.apart || found.occupied);
    return isApart
      ? { dsn: lookingIn(dsn, ownSchema), schema: ownSchema, besideOld: found.occupied }
      : { dsn, schema: undefined, besideOld: false };
  } finally {
    await client.end();
  }
};
