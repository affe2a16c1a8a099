import { once } from 'node:events';
import { Metadata, type Server, type ServerWritableStream, status } from '@grpc/grpc-js';
import { OrderServiceService as service, WatchOrderRequest } from '../../proto/gen/order/v1/order.js';
import type { AuditOperations, SeenLast } from '../audit-operations.js';
import type { Result } from '../errors.js';
import type { Watch } from '../watch.js';
import { callContext, headersOf } from './context.js';
import { orderOf } from './change.js';
import { decode } from './decode.js';
import { inServerSpan } from './span.js';
import { statusOf } from './status.js';
import type { UnaryDeps } from './unary.js';
import { tokenEndIn } from '../headers.js';

type Call = ServerWritableStream<Buffer, Buffer>;

/** A client that takes nothing for so long is cut off; it may go on where it was. */
const patienceMs = 30_000;

const { path, responseSerialize } = service.watchOrder;

const same = (bytes: Buffer): Buffer => bytes;

const stopping = { code: status.UNAVAILABLE, details: 'The server is stopping.' };

/** Waits until the client has taken what was sent; throws when it takes too long or is gone. */
const taken = (call: Call, ended: AbortSignal): Promise<unknown> =>
  once(call, 'drain', { signal: AbortSignal.any([ended, AbortSignal.timeout(patienceMs)]) });

/** The metadata before the field. */
const seenLast = (metadata: string | undefined, afterVersion: number | undefined): SeenLast | undefined => {
  if (metadata !== undefined) return { version: metadata, path: 'Last-Event-ID' };
  return afterVersion === undefined ? undefined : { version: String(afterVersion), path: 'after_version' };
};

/** Puts WatchOrder on the server: as unary calls are served, but with a message for each version of the order. */
export const serveWatch = (server: Server, audit: AuditOperations, { gate, onAnswer, log }: UnaryDeps): void => {
  const begin = async (call: Call, metadata: Metadata): Promise<Result<Watch>> => {
    const header = headersOf(call.metadata);
    const { caller, limit } = gate.admitted(call.metadata);
    metadata.merge(limit);
    const context = callContext(caller, header, call.getDeadline(), { canDryRun: false, extent: 'one' });
    if (!context.ok) return context;
    const message = decode(WatchOrderRequest, call.request);
    if (!message.ok) return message;
    const { id, after_version } = message.value;
    const seen = seenLast(header('last-event-id'), after_version);
    return audit.watchOrder(id, seen, { ...context.value, tokenEndsAt: tokenEndIn(header) });
  };

  const stream = async (call: Call, watch: Watch): Promise<status> => {
    const ended = new AbortController();
    call.once('cancelled', () => {
      ended.abort();
      watch.end();
    });
    // Its client may have gone before anybody listened.
    if (call.cancelled) watch.end();
    try {
      for await (const version of watch.versions) {
        if (!call.write(responseSerialize({ order: orderOf(version) }))) await taken(call, ended.signal);
      }
    } catch (error) {
      if (call.cancelled) return status.CANCELLED;
      log.warn({ err: error }, 'a watch was broken off');
      call.emit('error', { code: status.UNAVAILABLE, details: 'Please go on after the version seen last.' });
      return status.UNAVAILABLE;
    } finally {
      watch.end();
    }
    if (watch.isStopping()) {
      call.emit('error', stopping);
      return stopping.code;
    }
    call.end();
    return call.cancelled ? status.CANCELLED : status.OK;
  };

  const answer = async (call: Call): Promise<status> => {
    const metadata = new Metadata();
    const watch = await begin(call, metadata).catch((error: unknown): Result<Watch> => {
      log.error({ err: error, method: path }, 'a call failed');
      return { ok: false, problem: { code: 'internal' } };
    });
    onAnswer('grpc', watch.ok ? 'ok' : watch.problem.code);
    if (watch.ok) return stream(call, watch.value);
    const problem = statusOf(watch.problem, metadata);
    call.emit('error', problem);
    return problem.code;
  };

  server.register<Buffer, Buffer>(
    path,
    (call: Call) => {
      void inServerSpan(path, call.metadata, () => answer(call));
    },
    same,
    same,
    'serverStream',
  );
};
