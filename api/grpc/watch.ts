import { once } from 'node:events';
import { Metadata, type ServerWritableStream, status } from '@grpc/grpc-js';
import { OrderServiceService as service, WatchOrderRequest } from '../../proto/gen/order/v1/order.js';
import type { Watch } from '../watch.js';
import { input } from './inputs.js';
import { orderOf } from './messages.js';
import { bytesAsTheyAre, makeCall, orInternal, type Rpc } from './rpc.js';
import { inServerSpan } from './span.js';
import { statusOf } from './status.js';

type Call = ServerWritableStream<Buffer, Buffer>;

/** A client that takes nothing for so long is cut off; it may go on where it was. */
const patienceMs = 30_000;

const { path, responseSerialize } = service.watchOrder;
const read = input(WatchOrderRequest, ['id']);

const stopping = { code: status.UNAVAILABLE, details: 'The server is stopping.' };

/** Waits until the client has taken what was sent; throws when it takes too long or is gone. */
const taken = (call: Call, ended: AbortSignal): Promise<unknown> =>
  once(call, 'drain', { signal: AbortSignal.any([ended, AbortSignal.timeout(patienceMs)]) });

/** WatchOrder: as unary calls are served, but with a message for each version of the order. */
export const watchRpc: Rpc<Watch> = {
  path,
  mount: (server, row, { gate, onAnswer, log }) => {
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
      const watch = await orInternal(path, log, () => makeCall(call, metadata, row, read, gate));
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
      bytesAsTheyAre,
      bytesAsTheyAre,
      'serverStream',
    );
  },
};
