import { isUtf8 } from 'node:buffer';
import express, { type Request, type RequestHandler } from 'express';
import { type BodySize, bodyLimits, sizeFor, tooLarge } from '../limits.js';
import { callerIn } from './context.js';
import { keepOrLinger } from './linger.js';
import { notUtf8, sendProblem } from './problem.js';

/** Types of a body that is read. */
const jsonTypes = ['application/json', 'application/*+json'];

const onlyUtf8 = (_request: unknown, _response: unknown, body: Buffer): void => {
  if (!isUtf8(body)) throw Object.assign(new Error('the body is not UTF-8'), { type: notUtf8 });
};

const parserOf = (limit: number): RequestHandler => express.json({ limit, type: jsonTypes, verify: onlyUtf8 });

const parsers: Readonly<Record<BodySize, RequestHandler>> = {
  usual: parserOf(bodyLimits.usual),
  long: parserOf(bodyLimits.long),
};

const announced = (request: Request): number => Number(request.get('Content-Length') ?? 0);

const isChunked = (request: Request): boolean => request.get('Transfer-Encoding') !== undefined;

const isRead = ({ method }: Request): boolean => method === 'GET' || method === 'HEAD';

/** Before everything else: what is longer than any call takes, or comes with a read, is not read to its end by Node. */
export const boundUnusedBodies: RequestHandler = (request, response, next) => {
  if (announced(request) > bodyLimits.long || (isChunked(request) && isRead(request))) keepOrLinger(response);
  next();
};

const jsonOnly: RequestHandler = (request, response, next) => {
  const hasBody = announced(request) > 0 || isChunked(request);
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(request.get('Content-Type') ?? '')?.[1];
  const otherCharset = charset !== undefined && charset.toLowerCase() !== 'utf-8';
  if (hasBody && (request.is(jsonTypes) === false || otherCharset))
    sendProblem(response, { code: 'unsupported_media_type' });
  else next();
};

/** The parser refuses a body without announced length only once it has read all of it. */
const refuseBeyond = (limit: number, request: Request, refuse: () => void): void => {
  let read = 0;
  const count = (chunk: Buffer): void => {
    read += chunk.length;
    if (read <= limit) return;
    request.off('data', count);
    refuse();
  };
  request.on('data', count);
};

/** Reads the body of a known caller: JSON in UTF-8, up to the limit of the call. */
export const readBody = (size: BodySize): readonly RequestHandler[] => [
  jsonOnly,
  (request, response, next) => {
    const allowed = sizeFor(size, callerIn(response));
    const detail = tooLarge(allowed);
    const refuse = (): void => {
      sendProblem(response, { code: 'payload_too_large', detail });
    };
    if (announced(request) > bodyLimits[allowed]) {
      refuse();
      return;
    }
    response.locals['bodyTooLarge'] = detail;
    if (isChunked(request)) refuseBeyond(bodyLimits[allowed], request, refuse);
    parsers[allowed](request, response, next);
  },
];

/** Refuses a query whose percent encoding is not UTF-8: the parser would replace what it cannot read. */
export const readableQuery: RequestHandler = (request, response, next) => {
  const start = request.url.indexOf('?');
  try {
    if (start >= 0) decodeURIComponent(request.url.slice(start));
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
