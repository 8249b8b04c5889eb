import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from './network.js';
import { type Refused, smallPage } from './small-page.js';

export interface ConnectionLimits {
  /** Open at once; more are closed unanswered. */
  readonly most: number;
  /** Of one network; null where a proxy in front makes them all. */
  readonly mostOfNetwork: number | null;
}

/** How long whoever is refused may take to read why. */
const LINGER_MS = 2000;

/** Limits a server's connections, and answers with a page what is refused before it is a request. */
export function limitConnections(server: Server, { most, mostOfNetwork }: ConnectionLimits): void {
  server.maxConnections = most;
  const open = new Map<string, number>();
  server.on('connection', (socket) => {
    const network = networkOf(socket.remoteAddress);
    if (mostOfNetwork === null || network === null) return;
    const count = (open.get(network) ?? 0) + 1;
    open.set(network, count);
    socket.once('close', () => {
      const left = (open.get(network) ?? 0) - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
    if (count > mostOfNetwork) refuse(socket, 'too-many-connections');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const { code } = error;
    const isGone = code === 'ECONNRESET' || !socket.writable;
    // An answer that is under way cannot be followed by another one.
    const hasAnswered = 'bytesWritten' in socket && Number(socket.bytesWritten) > 0;
    if (isGone || hasAnswered) return socket.destroy();
    if (code === 'HPE_HEADER_OVERFLOW') return refuse(socket as Socket, 'headers-too-large');
    refuse(socket as Socket, code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request-too-slow' : 'unreadable');
  });
}

/** Closed at once, with something unread, a connection is reset, and the answer lost with it. */
function refuse(socket: Socket, refused: Refused): void {
  socket.removeAllListeners('data');
  socket.on('error', () => socket.destroy());
  socket.end(smallPage(refused));
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
