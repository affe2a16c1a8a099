import { z } from 'zod';

/** Whether it has libpq's list of hosts, which node-postgres cannot read. */
const hasSeveralHosts = (url: string): boolean => {
  const authority = url.split('://')[1]?.split(/[/?#]/)[0] ?? '';
  return authority.slice(authority.lastIndexOf('@') + 1).includes(',');
};
/** As node-postgres reads it, which allows a name without a host. */
const isReadable = (url: string): boolean => URL.canParse(url.replace('@/', '@host/').replaceAll(' ', '%20'));

/** A connection string that node-postgres can use. */
export const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL')
  .refine((text) => !hasSeveralHosts(text), 'must name one host, where the primary is reached')
  .refine(
    (text) => !text.includes('://') || hasSeveralHosts(text) || isReadable(text),
    'cannot be read: percent-encode special characters of the user name and password',
  );
