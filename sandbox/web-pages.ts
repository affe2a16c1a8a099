import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { Problem } from './problem.js';

/** Whether a host is this machine's or a container's own: an address or a plain name, which no web site has. */
const isLocalName = (host: string | undefined): boolean => {
  const name = host?.replace(/:\d+$/, '').replace(/^\[|\]$/g, '') ?? 'localhost';
  return isIP(name) !== 0 || !name.includes('.');
};

/**
 * Refuses what a web page sends from a browser on this machine: every request that another origin makes, and those to a name
 * that resolves to this machine (DNS rebinding). The sandbox asks for no token.
 */
export const refuseWebPages: RequestHandler = (request, _response, next) => {
  const host = request.get('Host');
  const origin = request.get('Origin');
  const isForeign = origin !== undefined && origin !== `http://${host ?? ''}`;
  if (isForeign || !isLocalName(host)) throw new Problem(403, 'forbidden', 'The sandbox answers no web pages.');
  next();
};
