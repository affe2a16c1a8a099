import cors from 'cors';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Middleware that needs nothing of Express; it goes on at once or answers. */
export type Guard = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** Headers for the pages that people read: nothing may be framed, sniffed or loaded from elsewhere. */
export const pageGuard = helmet() as RequestHandler;

/**
 * Headers for pages with scripts of our own: they load only from here, call only this service and `origins`, and are not
 * framed.
 *
 * @param inlineStyles whether the page sets styles on its elements, which a library may do
 */
export const scriptedPageGuard = (
  origins: readonly string[] = [],
  { inlineStyles = false }: { readonly inlineStyles?: boolean } = {},
): RequestHandler =>
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': inlineStyles ? ["'self'", "'unsafe-inline'"] : ["'self'"],
        'img-src': ["'self'", 'data:'],
        'connect-src': ["'self'", ...origins],
        'base-uri': ["'none'"],
        'form-action': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
  }) as RequestHandler;

/** Headers for answers that no browser shows: the ones that matter there, and set at once, since every answer has them. */
const answerGuard: Guard = (_request, response, next) => {
  response.setHeader('Content-Security-Policy', "default-src 'none';frame-ancestors 'none'");
  response.setHeader('Strict-Transport-Security', 'max-age=31536000; includeSubDomains');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('X-Frame-Options', 'SAMEORIGIN');
  next();
};

const crossOrigin = (origins: readonly string[]): Guard =>
  cors({
    origin: [...origins],
    methods: ['GET', 'POST', 'PUT'],
    allowedHeaders: [
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'If-Match',
      'If-None-Match',
      'Last-Event-ID',
      'traceparent',
    ],
    exposedHeaders: [
      'ETag',
      'Location',
      'Idempotent-Replayed',
      'Retry-After',
      'RateLimit',
      'RateLimit-Policy',
      'X-Trace-Id',
      'Search-As-Of',
      'Content-Disposition',
    ],
    maxAge: 600,
  });

/** Where no other origin may call, only a browser's question whether it may needs an answer. */
const noOrigin: Guard = (request, response, next) => {
  if (request.method === 'OPTIONS') response.writeHead(204).end();
  else next();
};

/**
 * What every answer carries for browsers; other origins may call only as configured.
 *
 * @param origins that may call from a browser; none by default
 */
export const browserGuards = (origins: readonly string[]): readonly Guard[] => [
  answerGuard,
  origins.length === 0 ? noOrigin : crossOrigin(origins),
];
