import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/** The most of a refused request's body that is read and thrown away, bytes: twice the longest body of any call. */
const mostReadInVain = 2 * 1_048_576;

/** How long a client may take to read its response and to close the connection, milliseconds. */
const lingerMs = 10_000;

/**
 * Ends our side of the connection, and reads what is still on its way: a connection that is closed with unread input is
 * reset, and the client may lose the response. Beyond the limit nothing more is read, so a body without end costs nothing.
 */
const linger = (socket: Socket): void => {
  let read = 0;
  // From here on nothing that comes is taken for a request.
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => {
    read += chunk.length;
    if (read > mostReadInVain) socket.pause();
  });
  const late = setTimeout(() => {
    socket.destroy();
  }, lingerMs);
  socket.once('close', () => {
    clearTimeout(late);
  });
  socket.once('end', () => {
    socket.destroy();
  });
  socket.end();
  socket.resume();
};

const bodyLength = ({ headers }: IncomingMessage): number =>
  headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : Infinity;

/**
 * For a response that is sent before the request's body has come: keeps the connection where the body is short enough to
 * be thrown away, and otherwise closes it such that the client gets the response. Node by itself would read a body of any
 * length, or reset the connection.
 */
export const keepOrLinger = (response: ServerResponse): void => {
  const { req: request } = response;
  const length = bodyLength(request);
  if (request.complete || length === 0) return;
  if (length > mostReadInVain) response.setHeader('Connection', 'close');
  else if (response.shouldKeepAlive && response.getHeader('Connection') !== 'close') return;
  const { socket } = request;
  socket.destroySoon = (): void => {
    if (request.complete) Socket.prototype.destroySoon.call(socket);
    else linger(socket);
  };
};
