import { isUtf8 } from 'node:buffer';
import express, { type Request, type RequestHandler } from 'express';
import type { Caller } from '../../actors/rules/order.js';
import { callerIn } from './context.js';
import { notUtf8, sendProblem } from './problem.js';

/** Types of a body that is read. */
const jsonTypes = ['application/json', 'application/*+json'];

/** The longest body of any call, bytes. */
const longestBody = 1_048_576;

/** The longest body of most calls, bytes. */
const usualBody = 65_536;

const onlyUtf8 = (_request: unknown, _response: unknown, body: Buffer): void => {
  if (!isUtf8(body)) throw Object.assign(new Error('the body is not UTF-8'), { type: notUtf8 });
};

const parserOf = (limit: number): RequestHandler => express.json({ limit, type: jsonTypes, verify: onlyUtf8 });

const usualParser = parserOf(usualBody);
const longestParser = parserOf(longestBody);

/** Create and update may be long, except for customers and guests, who have no metadata to send. */
const limitOf = ({ method, path }: Request, caller: Caller): number => {
  const creates = method === 'POST' && path === '/';
  const updates = method === 'PUT' && /^\/[^/]+\/?$/.test(path);
  const ownOrderOnly = caller.type === 'customer' || caller.type === 'guest';
  return (creates || updates) && !ownOrderOnly ? longestBody : usualBody;
};

const announced = (request: Request): number => Number(request.get('Content-Length') ?? 0);

const tooLarge = (limit: number): string =>
  `The body of this call has at most ${limit === longestBody ? '1 MiB' : '64 KiB'}.`;

/** Refuses a body that is longer than any call takes, by its announced length, before the caller is known. */
export const refuseLongBodies: RequestHandler = (request, response, next) => {
  if (announced(request) > longestBody)
    sendProblem(response, { code: 'payload_too_large', detail: tooLarge(longestBody) });
  else next();
};

/** JSON in UTF-8 is the only type of body that is read. */
export const jsonOnly: RequestHandler = (request, response, next) => {
  const hasBody = announced(request) > 0 || request.get('Transfer-Encoding') !== undefined;
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(request.get('Content-Type') ?? '')?.[1];
  const otherCharset = charset !== undefined && charset.toLowerCase() !== 'utf-8';
  if (hasBody && (request.is(jsonTypes) === false || otherCharset))
    sendProblem(response, { code: 'unsupported_media_type' });
  else next();
};

/** Reads the body of a known caller, up to the limit of the call. */
export const readBody: RequestHandler = (request, response, next) => {
  const limit = limitOf(request, callerIn(response));
  if (announced(request) > limit) {
    sendProblem(response, { code: 'payload_too_large', detail: tooLarge(limit) });
    return;
  }
  response.locals['bodyTooLarge'] = tooLarge(limit);
  (limit === longestBody ? longestParser : usualParser)(request, response, next);
};

/** Refuses a query whose percent encoding is not UTF-8: the parser would replace what it cannot read. */
export const readableQuery: RequestHandler = (request, response, next) => {
  const [, query = ''] = request.url.split(/\?(.*)/s);
  try {
    decodeURIComponent(query);
  } catch {
    sendProblem(response, {
      code: 'validation_failed',
      detail: 'The query is not UTF-8 in percent encoding.',
      errors: [{ path: '', message: 'is not UTF-8 in percent encoding' }],
    });
    return;
  }
  next();
};
