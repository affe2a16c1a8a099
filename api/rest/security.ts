import cors from 'cors';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * Headers for browsers: nothing may be framed, sniffed or loaded from elsewhere; other origins only as configured.
 *
 * @param origins that may call from a browser; none by default
 */
export const browserGuards = (origins: readonly string[]): readonly RequestHandler[] => [
  helmet() as RequestHandler,
  cors({
    origin: [...origins],
    methods: ['GET', 'POST', 'PUT'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'If-None-Match', 'traceparent'],
    exposedHeaders: [
      'ETag',
      'Location',
      'Idempotent-Replayed',
      'Retry-After',
      'RateLimit',
      'RateLimit-Policy',
      'X-Trace-Id',
    ],
    maxAge: 600,
  }),
];
