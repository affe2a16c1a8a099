/** Where a Redis is and how to log in, as `ORDER_REDIS_ADDR` says. */
export interface RedisTarget {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number | undefined;
}

const decoded = (text: string): string | undefined => {
  try {
    return text === '' ? undefined : decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
};

/**
 * Reads `host:port` or a `redis://` or `rediss://` (TLS) URL with user, password, port (6379) and database, each optional.
 * Undefined where it is neither.
 */
export const parseRedisAddress = (text: string): RedisTarget | undefined => {
  const plain = /^([^\s:/@]+):(\d{1,5})$/.exec(text);
  if (plain !== null) {
    const port = Number(plain[2]);
    if (port < 1 || port > 65_535) return undefined;
    const [tls, username, password, database] = [false, undefined, undefined, undefined];
    return { host: plain[1] ?? '', port, tls, username, password, database };
  }
  if (!/^rediss?:\/\//.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
  if (hostname === '' || port === '0' || `${search}${hash}` !== '' || !/^(\/\d{0,4})?$/.test(pathname))
    return undefined;
  for (const part of [username, password]) if (part !== '' && decoded(part) === undefined) return undefined;
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 6379 : Number(port),
    tls: protocol === 'rediss:',
    username: decoded(username),
    password: decoded(password),
    database: pathname.length > 1 ? Number(pathname.slice(1)) : undefined,
  };
};

/** The `host:port` of a Redis, without any secret: for Dapr's components and for people. */
export const redisHostPort = ({ host, port }: RedisTarget): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/**
 * How ioredis connects there. A server that asks for TLS must have a certificate that the system trusts, or
 * `NODE_EXTRA_CA_CERTS`.
 *
 * @param password of `ORDER_REDIS_PASSWORD`; goes before the one in the URL
 */
export const redisConnection = (
  { host, port, tls, username, password: own }: RedisTarget,
  password: string | undefined,
) => {
  const secret = password ?? own;
  return {
    host,
    port,
    ...(username === undefined ? {} : { username }),
    ...(secret === undefined ? {} : { password: secret }),
    // The name that the certificate must have; an IP address may not be sent as one.
    ...(tls ? { tls: /^[\d.]+$|:/.test(host) ? {} : { servername: host } } : {}),
  };
};
